"""Files attached to documents: which are taken, and what they are called (D-33, S-4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from webapp.posting.findings import Finding, finding

__all__ = ["MOST_BYTES", "MOST_FILES", "TYPES", "Offered", "attachment_findings", "clean_name", "media_type_of"]

MOST_BYTES: Final = 10_000_000
MOST_FILES: Final = 50
"""Of one document, customer or item."""

LONGEST_NAME: Final = 100
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OPEN: Final = "application/vnd.oasis.opendocument."

# What may be attached: the ending of its name, what it is then given out as, and how such a file begins. Nothing that a
# browser would run as a page of this site is among it.
TYPES: Final[Mapping[str, tuple[str, tuple[bytes, ...]]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF8",)),
    "webp": ("image/webp", (b"RIFF",)),
    "tif": ("image/tiff", (b"II*\0", b"MM\0*")),
    "tiff": ("image/tiff", (b"II*\0", b"MM\0*")),
    "heic": ("image/heic", ()),
    "txt": ("text/plain", ()),
    "csv": ("text/csv", ()),
    "docx": (f"{_OFFICE}wordprocessingml.document", (_ZIP,)),
    "xlsx": (f"{_OFFICE}spreadsheetml.sheet", (_ZIP,)),
    "pptx": (f"{_OFFICE}presentationml.presentation", (_ZIP,)),
    "odt": (f"{_OPEN}text", (_ZIP,)),
    "ods": (f"{_OPEN}spreadsheet", (_ZIP,)),
    "odp": (f"{_OPEN}presentation", (_ZIP,)),
    "doc": ("application/msword", (_OLE,)),
    "xls": ("application/vnd.ms-excel", (_OLE,)),
    "msg": ("application/vnd.ms-outlook", (_OLE,)),
    "eml": ("message/rfc822", ()),
    "zip": ("application/zip", (_ZIP,)),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that somebody offers: the name that it came with, how large it is, and its first bytes."""

    name: str
    size: int
    head: bytes


def clean_name(name: str) -> str:
    """The name without folders and without signs that cannot be seen, at most 100 characters with its ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    signs = [sign if unicodedata.category(sign)[0] not in "CZ" else " " for sign in unicodedata.normalize("NFC", last)]
    words = " ".join("".join(signs).split()).strip(" .")
    if not words:
        return "file"
    ending = PurePosixPath(words).suffix[:12]
    return words[: LONGEST_NAME - len(ending)].removesuffix(ending) + ending


def media_type_of(name: str) -> str:
    """What a file with this name is given out as; "" when it may not be attached."""
    return TYPES.get(_ending(name), ("", ()))[0]


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def attachment_findings(file: Offered, line_no: int, lines: Collection[int], there: int) -> list[Finding]:
    """Everything that is wrong with a file for the whole document (line no. 0) or one of its lines, where `there` files
    are attached already."""
    name = clean_name(file.name)
    found = []
    _, heads = TYPES.get(_ending(name), ("", ()))
    if not media_type_of(name):
        kinds = ", ".join(sorted(TYPES))
        found.append(finding("attachment_type", field="file", name=name, kinds=kinds))
    elif not file.size:
        found.append(finding("attachment_empty", field="file", name=name))
    elif heads and not file.head.startswith(heads):
        found.append(finding("attachment_not_its_type", field="file", name=name, kind=_ending(name)))
    if file.size > MOST_BYTES:
        tenths, most = -(-file.size // 100_000), MOST_BYTES // 1_000_000
        size = f"{tenths // 10}.{tenths % 10}"
        found.append(finding("attachment_too_large", field="file", name=name, size=size, most=most))
    if there >= MOST_FILES:
        found.append(finding("attachments_too_many", field="file", most=MOST_FILES))
    if line_no and line_no not in lines:
        found.append(finding("line_gone", field="line_no", gone=line_no))
    return found
