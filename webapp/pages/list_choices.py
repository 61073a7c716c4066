"""Which columns and filters a list shows: its own, or those that the user has chosen for it (D-108, D-109).

The choice is a preference of the user for that list. The address of a list can name columns, too: saved views, links
and exports do, and they go before the preference.
"""

from __future__ import annotations

from collections.abc import Sequence

from webapp.pages.answers import Visit
from webapp.pages.lists import Asked, Column, Filter
from webapp.posting.records import changed
from webapp.store.preferences import preference

__all__ = ["choice_of", "chosen_columns", "shown_filters"]


def choice_of(path: str) -> str:
    """The preference that keeps the choice for a list."""
    return f"columns of {path}"


async def chosen_columns(request: Visit, path: str, asked: Asked, offered: Sequence[Column]) -> Asked:
    """What the address asks for, with the user's columns when it names none itself."""
    if asked.columns:
        return asked
    known = {column.name for column in offered}
    names = (await preference(request.user.user_name, choice_of(path))).split()
    return changed(asked, columns=tuple(name for name in names if name in known))


def shown_filters(filters: Sequence[Filter], columns: Sequence[Column], asked: Asked) -> Sequence[Filter]:
    """The list's own filters, those of the columns that it shows, and those that are in use."""
    shown = {column.name for column in columns}
    there = shown | asked.filters.keys() | asked.unknown.keys()
    return [one for one in filters if not (one.more and one.of_column) or one.name in there]
