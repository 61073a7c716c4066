"""Account numbers by which customers pay (D-121, D-122)."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_bic", "is_iban", "without_spaces"]

_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_BIC: Final = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def without_spaces(typed: str) -> str:
    """As a bank reads it."""
    return re.sub(r"\s", "", typed).upper()


def is_iban(typed: str) -> bool:
    """Whether it is an account number by its check digits (ISO 13616), with spaces or without (D-122)."""
    text = without_spaces(typed)
    if not _IBAN.fullmatch(text):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def is_bic(typed: str) -> bool:
    """Whether it has the form of a bank's identifier (ISO 9362)."""
    return _BIC.fullmatch(without_spaces(typed)) is not None
