"""What one page shows is one view of the data, however many functions read for it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from db.engine import reading

__all__ = ["one_view"]


def one_view() -> AbstractAsyncContextManager[Any]:
    """Everything that is read inside belongs together, and is read in one transaction."""
    return reading()
