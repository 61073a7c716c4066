"""The code that a bank's app reads from an invoice: account, amount and reference (EPC 069-12, D-122)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import segno

from webapp.paper.document import Paper
from webapp.posting.bank_details import is_bic, is_iban, without_spaces

__all__ = ["code_of", "payment_code"]

MOST: Final = Decimal("999999999.99")


def payment_code(paper: Paper) -> str:
    """The picture of the code as an address that holds it; "" where there is none: the code knows euros only, wants an
    account, and nothing is paid by a credit memo, nor where all of it has been or is collected."""
    if paper.kind != "invoice" or paper.paid or paper.collected or paper.currency != "EUR":
        return ""
    return code_of(paper.words.company, paper.head["amount_including_vat"], paper.payment_reference)


def code_of(company: Mapping[str, Any], amount: Decimal, reference: str) -> str:
    """The code for an amount in euros to the company's account; "" without an account, and where nothing is to be
    paid."""
    iban = without_spaces(str(company["iban"]))
    if not Decimal("0.01") <= amount <= MOST or not is_iban(iban):
        return ""
    name, bic = str(company["name"])[:70], without_spaces(str(company["bic"]))
    known = bic if is_bic(bic) else ""
    lines = ("BCD", "002", "1", "SCT", known, name, iban, f"EUR{amount:.2f}", "", "", reference[:140])
    # The mask is given: trying all eight takes longer than everything else, and every reader takes any of them.
    code = segno.make_qr("\n".join(lines), error="m", mask=3, encoding="utf-8", boost_error=False)
    return str(code.png_data_uri(scale=4, border=2))  # a drawing of so many squares takes longer to lay out
