"""The payment code of an invoice: in euros, to an account that can be one, and nowhere else (D-122)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from webapp.paper import payment_code as codes
from webapp.paper.document import Paper, Words

IBAN = "AT61 1904 3002 3457 3201"


class Posted:
    lines: tuple[Any, ...] = ()
    item_lines: tuple[Any, ...] = ()
    vat: tuple[Any, ...] = ()
    supplies: tuple[Any, ...] = ()
    chain: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, kind: str, amount: str, currency: str) -> None:
        self.kind = kind
        self.header = {"no": "I-1", "amount_including_vat": Decimal(amount), "currency_code": currency}


def paper(kind: str = "invoice", amount: str = "959.28", currency: str = "", iban: str = IBAN) -> Paper:
    company = {"name": "Alpenwerk", "iban": iban, "bic": "STHBAT2G"}
    return Paper(Posted(kind, amount, currency), Words(company, "EUR", {}, {}, {}))


def test_it_holds_account_amount_and_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = codes.segno.make_qr
    monkeypatch.setattr(codes.segno, "make_qr", lambda text, **how: made.append(text) or real(text, **how))
    assert codes.payment_code(paper()).startswith("data:image/png;base64,")
    assert made == ["BCD\n002\n1\nSCT\nSTHBAT2G\nAlpenwerk\nAT611904300234573201\nEUR959.28\n\n\nI-1"]


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "credit_memo"},
        {"kind": "shipment"},
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1000000000"},
        {"currency": "USD"},
        {"iban": ""},
        {"iban": "AT62 1904 3002 3457 3201"},
        {"iban": "00234573201"},
    ],
)
def test_there_is_none_where_it_could_not_be_paid(other: dict[str, str]) -> None:
    assert codes.payment_code(paper(**other)) == ""
