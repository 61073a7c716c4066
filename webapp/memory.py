"""How the garbage collector treats a program that answers pages all day."""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["loading", "settle"]

NEW_OBJECTS: Final = 50_000  # a page of 200 lines makes about that many, and nearly all go by themselves


def loading() -> None:
    """Called first of all: what is loaded stays, and looking through it again and again took a tenth of the start."""
    gc.set_threshold(NEW_OBJECTS, 10, 10)


def settle() -> None:
    """Called once, when everything is loaded: modules, tables and routes stay, so the collector looks at them no more.

    Left to itself it walked through all of them again and again, a third of the time of a page. What loading left
    behind, some hundred objects, stays with them: to look for it would take longer than a tenth of the start.
    """
    loading()
    gc.freeze()
