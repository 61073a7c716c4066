"""What the invoices of contracts and shipments say by themselves, in the language of the customer (C-94, C-145, D-48,
D-117)."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["WORDS", "said"]

WORDS: Final[dict[str, dict[str, str]]] = {
    "opening": {"en": "This invoice covers:", "de": "Diese Rechnung umfasst:"},
    "contract": {"en": "Service contract {no}", "de": "Servicevertrag {no}"},
    "shipment": {"en": "Shipment {no}:", "de": "Lieferschein {no}:"},
    "item_taken_out": {
        "en": "Service item {no} taken out of the contract",
        "de": "Gerät {no} aus dem Vertrag genommen",
    },
    "line_taken_out": {
        "en": "Line {no} taken out of the contract",
        "de": "Zeile {no} aus dem Vertrag genommen",
    },
}
"""By text and the first two letters of a language code. The set-up's standard texts come before them."""


def said(text: str, language_code: str, **values: Any) -> str:
    """A text for a document with this language code; in English where the language is none of the known ones."""
    words = WORDS[text]
    return words.get(language_code[:2].lower(), words["en"]).format(**values)
