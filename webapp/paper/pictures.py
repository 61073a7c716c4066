"""Whether a file is a picture that every document can carry: PNG or JPEG, whole, and not too large (D-117)."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final

__all__ = ["MOST_BYTES", "address_of", "is_picture_address", "kind_of"]

MOST_BYTES: Final = 300_000  # it stands in every file of every document
PNG: Final = b"\x89PNG\r\n\x1a\n"


def kind_of(content: bytes) -> str:
    """The media type of a picture by what is in it; "" when it is none, or not whole."""
    if content.startswith(PNG):
        return "image/png" if _is_png(content) else ""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg" if _is_jpeg(content) else ""
    return ""


def _is_png(content: bytes) -> bool:
    """Every chunk with its check sum, from the header to the end."""
    at, names = len(PNG), []
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        chunk = content[at + 4 : at + 8 + length]
        check = content[at + 8 + length : at + 12 + length]
        if len(check) < 4 or zlib.crc32(chunk) != int.from_bytes(check, "big"):
            return False
        names.append(chunk[:4])
        at += 12 + length
        if names[-1] == b"IEND":
            return names[0] == b"IHDR" and b"IDAT" in names
    return False


def _is_jpeg(content: bytes) -> bool:
    """Segments up to the picture itself, one of which gives its size, and the mark of its end."""
    at, sized = 2, False
    while at + 4 <= len(content) and content[at] == 0xFF:
        mark = content[at + 1]
        if mark == 0xDA:  # the picture begins
            return sized and content.rstrip(b"\0").endswith(b"\xff\xd9")
        sized = sized or (0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC))
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False


def address_of(content: bytes, kind: str) -> str:
    """The picture as an address that holds it."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def is_picture_address(text: str) -> bool:
    """Whether a text is such an address of a picture that can be printed."""
    head, _, body = text.partition(";base64,")
    try:
        content = base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error):
        return False
    return bool(body) and head == f"data:{kind_of(content)}" and len(content) <= MOST_BYTES
