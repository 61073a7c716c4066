"""Markup that is drawn once and kept: rows and sections that come out the same for the same values.

A page of 50 rows is mostly what it was a moment ago. A template says what a piece depends on:

    {% call kept("order line", (order.path, row.line)) %}<tr>…</tr>{% endcall %}

The values must be immutable and be all that the piece shows; the viewer's locale and role belong to the key by
themselves. Nothing of one session (a form's token) and nothing of today's date may stand in a kept piece. What was not
asked for longest goes first when there is too much.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from markupsafe import Markup

from webapp.security import viewer

__all__ = ["Kept", "kept"]

MOST_CHARACTERS: Final = 16_000_000


class Kept:
    """Drawn pieces by what they depend on, up to a number of characters."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self.most = most
        self.characters = 0
        self._pieces: OrderedDict[Hashable, Markup] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pieces)

    def get(self, key: Hashable, draw: Callable[[], Markup]) -> Markup:
        """The piece of this key, drawn now if it is not there."""
        found = self._pieces.get(key)
        if found is not None:
            self._pieces.move_to_end(key)
            return found
        made = draw()
        self._pieces[key] = made
        self.characters += len(made)
        while self.characters > self.most:
            _, oldest = self._pieces.popitem(last=False)
            self.characters -= len(oldest)
        return made


_PIECES: Final = Kept()


def kept(name: str, depends_on: Hashable | None, caller: Callable[[], Markup]) -> Markup:
    """For `{% call %}` in a template: the piece, drawn only when it is new. Without `depends_on` it is always drawn."""
    if depends_on is None:
        return caller()
    who = viewer()
    return _PIECES.get((name, who and (who.locale, who.role), depends_on), caller)
