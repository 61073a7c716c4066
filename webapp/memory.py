"""How the garbage collector treats a program that answers pages all day."""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["loading", "settle"]

# Between two looks at what is new. A page leaves some hundred objects that only the collector takes away; with five
# times as many new ones it stopped for 15 to 30 ms at once, which all who waited felt, and took no less in all.
NEW_OBJECTS: Final = 10_000
WHILE_LOADING: Final = 50_000


def loading() -> None:
    """Called first of all: what is loaded stays, and looking through it again and again took a tenth of the start."""
    gc.set_threshold(WHILE_LOADING, 10, 10)


def settle() -> None:
    """Called once, when everything is loaded: modules, tables and routes stay, so the collector looks at them no more.

    Left to itself it walked through all of them again and again, a third of the time of a page. What loading left
    behind, some hundred objects, stays with them: to look for it would take longer than a tenth of the start.
    """
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)
