"""The seal of a posted document: a hash over its content and over the seal before it in its series (R-1.10).

Whoever changes, removes or inserts a document breaks the chain at that place, and everybody who has the later seals
can see it. The content is a text that does not depend on the database: names and values in JSON, in the order of the
names as the rows are given, blanks left out; amounts are the scaled integers, dates and times as ISO 8601 has them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
VERSION = 1


def content_of(
    kind: str, header: Record, lines: Sequence[Record], item_lines: Sequence[Record] = (), vat: Sequence[Record] = ()
) -> str:
    """The text that is sealed. Lines come in the order of their numbers."""
    content = {
        "version": VERSION,
        "kind": kind,
        "header": header,
        "lines": lines,
        "item_lines": item_lines,
        "vat": vat,
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def seal_of(before: str, content: str) -> str:
    """The seal of a content after the seal before it; blank is the beginning of a series."""
    return hashlib.sha256(f"{before}\n{content}".encode()).hexdigest()
