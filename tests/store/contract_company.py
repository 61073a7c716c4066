"""A company with service contracts, and what a clerk does with them: on the database, by the services of the store."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from db.engine import reading
from tests.builders import Pack, pack
from webapp.billing.case import ContractCase
from webapp.billing.lifecycle import QUESTIONS
from webapp.posting.snapshot import DocumentKey, PostingRequest
from webapp.store import contract_drafts, contract_steps, drafts
from webapp.store.acting import Acting, system
from webapp.store.contract_drafts import ContractSaved
from webapp.store.packs import import_pack
from webapp.store.posting import PostingResult, post_document
from webapp.store.rows import decimal_from

D = Decimal
START = date(2025, 1, 1)
ACCOUNT = {"direct_posting": True, "gen_prod_group": "MISC", "vat_prod_group": "VAT25"}


def contract_pack(**changes: Any) -> Pack:
    """The company of the worked examples: income 6955, prepaid 5420, line discounts 6910."""
    series = {f"{name}S": {"default_nos": True, "manual_nos": True} for name in ("CONTRACT", "CINVOICE", "CCREDIT")}
    lines = {("CONTRACTS", 10000): {"starting_no": "SC-1"}, ("CINVOICES", 10000): {"starting_no": "CI-1"},
             ("CCREDITS", 10000): {"starting_no": "CC-1"}}  # fmt: skip
    machines = {f"M{n}": {"description": f"Machine {n}", "customer_no": "C-GOOD"} for n in range(1, 6)}
    given: dict[str, Any] = {
        "gl_accounts": {"6955": {"name": "Contract income", **ACCOUNT}, "5420": {"name": "Prepaid", **ACCOUNT}},
        "contract_account_groups": {"STD": {"non_prepaid_account": "6955", "prepaid_account": "5420"}},
        "contract_groups": {"BASIC": {}},
        "number_series": series,
        "number_series_lines": lines,
        "service_items": machines,
        "receivables_setup": {"discount_posting": "none"},
        "service_setup": {
            "contract_nos": "CONTRACTS",
            "contract_invoice_nos": "CINVOICES",
            "contract_cr_memo_nos": "CCREDITS",
        },
    }
    for table, rows in changes.items():
        known = given.setdefault(table, {})
        for name, row in rows.items():
            both = isinstance(row, dict) and isinstance(known.get(name), dict)
            known[name] = {**known[name], **row} if both else row
    return pack(**given)


async def enter(company: Pack | None = None) -> None:
    result = await import_pack(system(START), company or contract_pack())
    assert not result.findings, result.findings


def on(day: str, user: str = "POLLY") -> Acting:
    """Somebody who works with this date."""
    return Acting(user, "poster", date.fromisoformat(day))


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def agreed(
    *lines: str, start: str = "2025-01-01", end: str = "", period: str = "month", on_day: str = "", **values: Any
) -> str:
    """An open contract with lines such as "1200 cost 600 disc 10", on machines M1, M2 …; gives its number."""
    acting = on(on_day or start)
    header = {
        "customer_no": "C-GOOD",
        "starting_date": day(start),
        "expiration_date": day(end or None),
        "invoice_period": period,
        "contract_account_group": "STD",
        "service_period": "3M",
        **values,
    }
    saved = await contract_drafts.create_contract(acting, "contract", header)
    assert saved.ok, saved.findings
    for place, text in enumerate(lines, 1):
        await add_line(saved.no, place, text, on_day or start)
    return saved.no


async def add_line(no: str, place: int, text: str, on_day: str, **more: Any) -> None:
    words = text.split()
    typed = dict(zip(words[1::2], words[2::2], strict=True))
    values: dict[str, Any] = {"service_item_no": f"M{place}", "line_value": D(words[0]), **more}
    values |= {"line_cost": D(typed["cost"])} if "cost" in typed else {}
    values |= {"line_discount_pct": D(typed["disc"])} if "disc" in typed else {}
    values |= {"contract_expiration_date": day(typed["end"])} if "end" in typed else {}
    saved = await contract_drafts.add_contract_line(on(on_day), "contract", no, values, confirmed=QUESTIONS)
    assert saved.ok, saved.findings


async def sign(no: str, on_day: str, starting: str = "", reason: str = "") -> ContractSaved:
    saved = await contract_steps.sign_contract(
        on(on_day), "contract", no, starting=starting, reason=reason, confirmed=QUESTIONS
    )
    assert saved.ok, saved.findings
    return saved


async def invoice(no: str, on_day: str, earlier: str = "now") -> str:
    """The action on one contract; the number of the invoice that it makes."""
    saved = await contract_steps.create_contract_invoice(on(on_day), no, earlier=earlier, confirmed=QUESTIONS)
    assert saved.ok, saved.findings
    return saved.invoices[0].no


async def post(no: str, on_day: str) -> PostingResult:
    return await post_document(on(on_day), DocumentKey("invoice", no), PostingRequest(ship=True, invoice=True))


async def delete(no: str, on_day: str, answers: frozenset[str] = QUESTIONS) -> list[str]:
    saved = await drafts.delete_document(on(on_day), DocumentKey("invoice", no), confirmed=answers)
    return [found.code for found in saved.findings]


async def contract(no: str, kind: str = "contract") -> ContractCase:
    found = await contract_drafts.load_contract(kind, no)
    assert found is not None
    return found


async def dates(no: str) -> str:
    c = (await contract(no)).contract
    return f"LID {c.last_invoice_date} NID {c.next_invoice_date} LPE {c.last_period_end} period {c.period}"


async def invoiced_to(no: str) -> list[str]:
    return [str(line.invoiced_to_date) for line in (await contract(no)).lines]


async def ledger(no: str) -> list[str]:
    """The contract's entries: date, amount, price, flags, document."""
    async with reading() as session:
        rows = await session.fetch(
            "SELECT posting_date, amount_lcy, unit_price, cost_amount, prepaid, moved_from_prepaid, open, document_no,"
            " posted_gross FROM service_ledger_entry WHERE type = 'service_contract' AND service_contract_no = ?"
            " ORDER BY entry_no",
            no,
        )
    return [
        f"{row[0]} {_money(row[1])} {_money(row[2])} cost {_money(row[3])} P{int(row[4])}M{int(row[5])}"
        f"{' open' if row[6] else ''} {row[7]}{' gross' if row[8] else ''}"
        for row in rows
    ]


def _money(scaled: int) -> str:
    return f"{decimal_from(scaled, 5):.2f}"


async def accounts() -> dict[str, str]:
    """What stands on each account of the general ledger."""
    async with reading() as session:
        rows = await session.fetch("SELECT gl_account_no, SUM(amount) FROM gl_entry GROUP BY gl_account_no")
    return {str(no): _money(int(amount)) for no, amount in rows if amount}


async def texts(no: str) -> list[str]:
    """The lines of an open invoice: the texts, and account with amount."""
    document = await drafts.load_document(DocumentKey("invoice", no))
    assert document is not None
    return [f"{line.no} {line.description} {line.line_amount:.2f}" if line.no else line.description
            for line in document.lines]  # fmt: skip
