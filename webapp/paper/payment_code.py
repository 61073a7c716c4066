"""The code that a bank's app reads from an invoice: account, amount and reference (EPC 069-12, D-122)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import segno

from webapp.paper.document import Paper

__all__ = ["code_of", "is_iban", "payment_code"]

MOST: Final = Decimal("999999999.99")


def payment_code(paper: Paper) -> str:
    """The picture of the code as an address that holds it; "" where there is none: the code knows euros only, wants an
    account, and nothing is paid by a credit memo, nor where all of it has been."""
    if paper.kind != "invoice" or paper.paid or paper.currency != "EUR":
        return ""
    return code_of(paper.words.company, paper.head["amount_including_vat"], paper.payment_reference)


def code_of(company: Mapping[str, Any], amount: Decimal, reference: str) -> str:
    """The code for an amount in euros to the company's account; "" without an account, and where nothing is to be
    paid."""
    iban = re.sub(r"\s", "", str(company["iban"])).upper()
    if not Decimal("0.01") <= amount <= MOST or not is_iban(iban):
        return ""
    name, bic = str(company["name"])[:70], str(company["bic"]).strip().upper()
    known = bic if re.fullmatch(r"[A-Z0-9]{8}([A-Z0-9]{3})?", bic) else ""
    lines = ("BCD", "002", "1", "SCT", known, name, iban, f"EUR{amount:.2f}", "", "", reference[:140])
    # The mask is given: trying all eight takes longer than everything else, and every reader takes any of them.
    code = segno.make_qr("\n".join(lines), error="m", mask=3, encoding="utf-8", boost_error=False)
    return str(code.png_data_uri(scale=4, border=2))  # a drawing of so many squares takes longer to lay out


def is_iban(text: str) -> bool:
    """Whether a text without spaces is an account number by its check digits (ISO 13616)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
