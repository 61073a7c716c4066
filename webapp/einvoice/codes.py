"""The code lists that an e-invoice speaks in: electronic addresses, units, VAT categories."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

__all__ = ["CATEGORIES", "category_of", "endpoint_of", "unit_of"]

CATEGORIES: Final = ("S", "Z", "E", "AE", "K", "G", "O")
# By the letters that a VAT registration no. begins with: the list of electronic address schemes of Peppol.
SCHEMES: Final[Mapping[str, str]] = {
    "AT": "9914", "BE": "9925", "BG": "9926", "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931", "EL": "9933",
    "ES": "9920", "FI": "0213", "FR": "9957", "GB": "9932", "HR": "9934", "HU": "9910", "IE": "9935", "IT": "0211",
    "LI": "9936", "LT": "9937", "LU": "9938", "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945", "PT": "9946",
    "RO": "9947", "SE": "9955", "SI": "9949", "SK": "9950",
}  # fmt: skip
UNITS: Final[Mapping[str, str]] = {
    "PCS": "H87", "HOUR": "HUR", "H": "HUR", "DAY": "DAY", "KM": "KMT", "M": "MTR", "L": "LTR", "KG": "KGM",
    "SET": "SET", "BOX": "XBX", "MIN": "MIN", "MONTH": "MON", "YEAR": "ANN",
}  # fmt: skip
ONE: Final = "C62"


def endpoint_of(address: str, vat_no: str) -> tuple[str, str]:
    """Scheme and identifier of an electronic address; two blanks when there is none.

    As it was entered ("9914:ATU12345675"), else the VAT registration no. under the scheme of its country.
    """
    scheme, separator, identifier = address.strip().partition(":")
    if separator and identifier:
        return scheme, identifier
    plain = vat_no.replace(" ", "").upper()
    return (SCHEMES[plain[:2]], plain) if plain[:2] in SCHEMES else ("", "")


def unit_of(code: str, entered: str = "") -> str:
    """The code of a unit by UN/ECE recommendation 20: as it was entered, else a usual one, else "one"."""
    return entered or UNITS.get(code.upper(), ONE)


def category_of(calculation_type: str, pct: Decimal, entered: str = "", clause: bool = False) -> str:
    """The VAT category (UNCL 5305): as it was entered at the clause, else reverse charge AE, a rate S, a clause E
    (exempt), nothing Z (zero rated)."""
    if entered:
        return entered
    if calculation_type == "reverse_charge":
        return "AE"
    return "S" if pct else "E" if clause else "Z"
