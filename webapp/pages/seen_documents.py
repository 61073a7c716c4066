"""What of a document stood behind a page, carried in its form: when somebody changed it meanwhile, the refusal says
what changed, field by field (O-42)."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from webapp import labels
from webapp.forms import Field
from webapp.pages.document_fields import ITEM_LINE_FIELDS, fields_of, grid_fields, header_fields, line_fields
from webapp.posting.snapshot import Snapshot

__all__ = ["SEEN", "Change", "Seen", "changes", "header_text", "packed", "seen_of", "unpacked"]

# Place in the document -> the texts of its fields, in the order of `_fields`.
Seen = Mapping[str, Sequence[str]]

SEEN: Final = "seen"
HEADER: Final = "Header"
MOST_PACKED: Final = 200_000
MOST_SEEN: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was: where, which field, and both texts. No field: a whole line came or went."""

    where: str
    field: str
    then: str
    now: str


def _fields(document_type: str, place: str) -> tuple[Field, ...]:
    if place == HEADER:
        return header_fields(document_type)
    if place.startswith("Line "):
        return line_fields("", grid_fields(document_type))
    return fields_of("service_item_line", ITEM_LINE_FIELDS)


def seen_of(stored: Snapshot, locale: str) -> Seen:
    """The fields that a clerk sees on the document's page, as texts."""
    kind = stored.header.document_type
    places: list[tuple[str, object]] = [(HEADER, stored.header)]
    places += [(f"Service item line {one.line_no}", one) for one in stored.item_lines]
    places += [(f"Line {one.line_no}", one) for one in stored.lines]
    fields = {name: _fields(kind, name) for name in (HEADER, "Service item line ", "Line ")}
    return {place: _texts(fields[place.rstrip("0123456789")], record, locale) for place, record in places}


def _texts(fields: Iterable[Field], record: object, locale: str) -> list[str]:
    return [_text(one, getattr(record, one.name), locale) for one in fields]


def _text(field: Field, value: object, locale: str) -> str:
    if field.kind == "choice":
        return labels.choice(str(value), field.name)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return field.typed(value, locale)  # type: ignore[arg-type]


def header_text(document_type: str, seen: Seen, name: str) -> str:
    """What stood in a field of the header."""
    texts = zip(_fields(document_type, HEADER), seen.get(HEADER, ()), strict=False)
    return next((text for one, text in texts if one.name == name), "")


def packed(seen: Seen) -> str:
    """For a hidden field: small, and without a character that a page would have to escape."""
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(seen).encode())).decode()


def unpacked(text: str) -> Seen | None:
    """None when it is none of ours: what a browser sends may be anything."""
    try:
        raw = base64.urlsafe_b64decode(text.encode()) if 0 < len(text) <= MOST_PACKED else b""
        found = json.loads(zlib.decompressobj().decompress(raw, MOST_SEEN))
    except (ValueError, RecursionError, zlib.error):
        return None
    whole = isinstance(found, dict) and all(
        isinstance(texts, list) and all(isinstance(one, str) for one in texts) for texts in found.values()
    )
    return found if whole else None


def changes(document_type: str, before: Seen, now: Seen) -> list[Change]:
    """What differs, in the order of the page; a line that is new or gone is told with what stands in it."""
    found: list[Change] = []
    for place in dict.fromkeys((*before, *now)):
        then, after = before.get(place), now.get(place)
        if then is None or after is None:
            told = [", ".join(filter(None, (texts or ())[:3])) or "nothing" for texts in (then, after)]
            found.append(Change(place, "", told[0] if after is None else "not there", told[1] if after else "deleted"))
            continue
        fields = _fields(document_type, place)
        both = zip(fields, then, after, strict=False)
        found += [Change(place, one.title, old, new) for one, old, new in both if old != new]
    return found
