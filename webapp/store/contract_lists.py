"""What the pages of contracts read: their lists, and all that happened to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db import contracts as tables
from db.engine import fetch, reading
from webapp.billing.case import ContractCase
from webapp.billing.coverage import Known, LeftOut
from webapp.billing.periods import Span
from webapp.billing.records import ContractEntry, Waiver
from webapp.billing.strip import OnMemo
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.store.contract_records import load_case, load_entries, load_left_out, load_waivers
from webapp.store.document_lists import DocumentList
from webapp.store.removed_lines import RemovedLine, load_removed
from webapp.store.rows import decimal_from
from webapp.store.snapshots import marks

Row = dict[str, Any]
CONTRACTS = DocumentList(
    tables.ServiceContract,
    (
        "no", "customer_no", "description", "status", "change_status", "invoice_period", "next_invoice_date",
        "amount_per_period", "annual_amount", "expiration_date", "starting_date", "row_version",
    ),
    ("no", "customer_no", "description", "your_reference", "bill_to_customer_no"),
    "h.kind = 'contract'",
    {
        "due": "h.status = 'signed' AND h.change_status = 'locked' AND h.next_invoice_date IS NOT NULL"
        " AND h.next_invoice_date <= CURRENT_DATE",
        "open": "h.change_status = 'open' AND h.status = 'signed'",
        "not-signed": "h.status = 'blank'",
        "expired": "h.status = 'signed' AND h.next_invoice_date IS NULL AND h.invoice_period <> 'none'",
    },
    {"customer_name": "(SELECT c.name FROM customer c WHERE c.no = h.customer_no)"},
    sort="no",
)  # fmt: skip
QUOTES = changed(CONTRACTS, base="h.kind = 'quote'", views={})


async def unknown_numbers(contract_no: str = "", customer_no: str = "") -> list[Finding]:
    """A number in a run's filter that is nobody's is a slip of the pen, and not somebody with nothing due."""
    asked = {
        "contract_no": ("service_contract", "Contract no.", contract_no, " AND kind = 'contract'"),
        "bill_to_customer_no": ("customer", "Bill-to customer", customer_no, ""),
    }
    found = []
    async with reading() as session:
        for field, (table, label, no, more) in asked.items():
            if no and not await session.fetch(f"SELECT 1 FROM {table} WHERE no = ?{more}", no):
                values: dict[str, Any] = {"label": label, "table": table, "record": no}
                found.append(finding("reference_unknown", field=field, name=no, **values))
    return found


async def contract_counts() -> dict[str, int]:
    """How many contracts are due, and how many signed ones are open for changes: one statement."""
    due, is_open = (CONTRACTS.views[name] for name in ("due", "open"))
    sql = f"SELECT COUNT(CASE WHEN {due} THEN 1 END), COUNT(CASE WHEN {is_open} THEN 1 END) FROM service_contract h"
    row = (await fetch(f"{sql} WHERE h.kind = 'contract' AND h.status = 'signed'"))[0]
    return {"contracts_due": int(row[0]), "contracts_open": int(row[1])}


# A line of theirs names the invoice that it takes back; what the register holds is listed as the contract's own.
_CORRECTIVE = """
SELECT DISTINCT 'open', l.document_no FROM service_line l
WHERE l.document_type = 'credit_memo' AND l.contract_no = ? AND l.contract_no <> '' AND l.invoice_no IS NOT NULL
UNION SELECT DISTINCT 'posted', l.document_no FROM service_document_register r
JOIN service_cr_memo_line l ON l.invoice_no = r.destination_no
WHERE r.source_kind = 'contract' AND r.source_no = ? AND r.destination_kind = 'posted_invoice'
    AND NOT EXISTS (SELECT 1 FROM service_document_register o WHERE o.source_kind = 'contract' AND o.source_no = ?
        AND o.destination_kind = 'posted_credit_memo' AND o.destination_no = l.document_no)
ORDER BY 1, 2"""

_ON_MEMO = (
    "SELECT contract_line_no, period_from, period_to, document_no FROM service_line WHERE document_type = 'credit_memo'"
    " AND contract_no = ? AND period_from IS NOT NULL AND period_to IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class ContractFile:
    """A contract with everything that belongs to it."""

    case: ContractCase
    entries: tuple[ContractEntry, ...]
    waivers: tuple[Waiver, ...]
    posted: tuple[tuple[str, str], ...]
    """Posted documents: kind and number."""
    changes: tuple[Row, ...]
    gains: tuple[Row, ...]
    filed: tuple[Row, ...]
    comments: tuple[Row, ...]
    removed: tuple[RemovedLine, ...] = ()
    corrective: tuple[tuple[str, str], ...] = ()
    """Credit memos that correct a posted invoice of the contract: open or posted, and number."""
    left_out: tuple[LeftOut, ...] = ()
    on_memo: tuple[OnMemo, ...] = ()

    @property
    def known(self) -> Known:
        """What is on record of its days."""
        removed = [(one.line, one.removed_on) for one in self.removed]
        return Known(self.entries, self.waivers, self.left_out, removed)


def _queries(kind: str, no: str, own: str, memos: Sequence[str], most: int) -> list[tuple[str, tuple[object, ...]]]:
    """What is asked of the documents and the history of a contract; `own` is its number, that of a quote nobody's."""
    return [
        (
            "SELECT destination_kind, destination_no FROM service_document_register WHERE source_kind ="
            " 'contract' AND source_no = ? AND destination_kind IN ('posted_invoice', 'posted_credit_memo')"
            f" ORDER BY id DESC LIMIT {most}",
            (own,),
        ),
        (
            "SELECT at, user_name, part, change, field, old_value, new_value, line_no FROM contract_change_log"
            f" WHERE contract_no = ? ORDER BY entry_no DESC LIMIT {most}",
            (no,),
        ),
        (
            "SELECT date, kind, amount, reason_code, user_name FROM contract_gain_loss_entry"
            f" WHERE contract_no = ? ORDER BY entry_no DESC LIMIT {most}",
            (own,),
        ),
        (
            "SELECT file_no, filed_at, filed_by, filed_reason, annual_amount FROM filed_contract"
            f" WHERE no = ? ORDER BY file_no DESC LIMIT {most}",
            (no,),
        ),
        (
            "SELECT date, text, user_name FROM contract_comment WHERE kind = ? AND contract_no = ?"
            f" ORDER BY id DESC LIMIT {most}",
            (kind, no),
        ),
        (_CORRECTIVE, (own, own, own)),
        (f"{_ON_MEMO} AND document_no IN ({marks(memos)}) ORDER BY period_from", (own, *memos)),
    ]


async def load_contract_file(kind: str, no: str, most: int = 200) -> ContractFile | None:
    """One contract with its entries, documents and history; None when it does not exist."""
    async with reading() as session:
        case = await load_case(session, kind, no)
        if case is None:
            return None
        own = no if kind == "contract" else "-"
        entries = await load_entries(session, [own])
        waivers = await load_waivers(session, own)
        removed = (await load_removed(session, [own])).get(own, [])
        left_out = (await load_left_out(session, [own])).get(own, [])
        posted, changes, gains, filed, comments, corrective, on_memo = await session.fetch_all(
            _queries(kind, no, own, case.open_credit_memos or ("-",), most)
        )
    return ContractFile(
        case,
        tuple(entries),
        tuple(waivers),
        tuple((str(row[0]), str(row[1])) for row in posted),
        _rows(changes, "at user part change field old new line_no"),
        tuple(
            {**row, "amount": decimal_from(int(row["amount"]), 5)}
            for row in _rows(gains, "date kind amount reason user")
        ),
        tuple(
            {**row, "annual_amount": decimal_from(int(row["annual_amount"]), 5)}
            for row in _rows(filed, "file_no at user reason annual_amount")
        ),
        _rows(comments, "date text user"),
        tuple(removed),
        tuple((str(row[0]), str(row[1])) for row in corrective),
        tuple(left_out),
        tuple(OnMemo(int(line), Span(first, last), str(memo)) for line, first, last, memo in on_memo),
    )  # fmt: skip


def _rows(found: Any, names: str) -> tuple[Row, ...]:
    return tuple(dict(zip(names.split(), row, strict=True)) for row in found)


_FILED_HEAD = (
    "kind no description customer_no bill_to_customer_no status starting_date expiration_date invoice_period"
    " annual_amount at user reason"
)
_FILED_LINE = "line_no service_item_no description line_value line_discount_pct line_amount start end invoiced_to"


async def filed_contract(file_no: int) -> tuple[Row, list[Row]] | None:
    """A filed copy: its header and its lines, by column."""
    async with reading() as session:
        heads, lines = await session.fetch_all(
            [
                (
                    "SELECT kind, no, description, customer_no, bill_to_customer_no, status, starting_date,"
                    " expiration_date, invoice_period, annual_amount, filed_at, filed_by, filed_reason"
                    " FROM filed_contract WHERE file_no = ?",
                    (file_no,),
                ),
                (
                    "SELECT line_no, service_item_no, description, line_value, line_discount_pct, line_amount,"
                    " starting_date, contract_expiration_date, invoiced_to_date FROM filed_contract_line"
                    " WHERE file_no = ? ORDER BY line_no",
                    (file_no,),
                ),
            ]
        )
    if not heads:
        return None
    (head,) = _rows(heads[:1], _FILED_HEAD)
    head["annual_amount"] = decimal_from(int(head["annual_amount"]), 5)
    rows = list(_rows(lines, _FILED_LINE))
    for row in rows:
        for name in ("line_value", "line_discount_pct", "line_amount"):
            row[name] = decimal_from(int(row[name]), 5)
    return head, rows


async def contract_templates() -> list[tuple[str, str]]:
    """Number and description of each template."""
    rows = await fetch("SELECT no, description FROM contract_template ORDER BY no")
    return [(str(no), str(text)) for no, text in rows]


async def due_count(day: date) -> int:
    """How many contracts are due on a day (C-85)."""
    rows = await fetch(
        "SELECT COUNT(*) FROM service_contract WHERE kind = 'contract' AND status = 'signed'"
        " AND change_status = 'locked' AND next_invoice_date <= ?",
        day,
    )
    return int(rows[0][0])
