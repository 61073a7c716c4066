"""What the short form of the tests takes of long tables of cases; `./finalize test long` takes all."""

from collections.abc import Iterable
from typing import Any

import pytest


def each(step: int, cases: Iterable[Any], rest: pytest.MarkDecorator = pytest.mark.long) -> list[Any]:
    """The first of the cases and each `step`-th after it; the others carry the mark `rest`."""
    return [case if at % step == 0 else _marked(case, rest) for at, case in enumerate(cases)]


def _marked(case: Any, mark: pytest.MarkDecorator) -> Any:
    values = case if isinstance(case, (tuple, list)) else (case,)
    return pytest.param(*values, marks=mark)
