"""What is kept of the life of a contract: change log, gains and losses, filed copies (C-13 … C-15, C-42)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from db import contracts as tables
from db.session import Batch, Session
from webapp.billing.case import ContractCase
from webapp.billing.records import ContractLine
from webapp.posting.findings import show
from webapp.posting.records import changed_fields
from webapp.store.acting import Acting
from webapp.store.rows import RecordWriter, column_names

_LOG = RecordWriter(
    tables.ContractChangeLog,
    (),
    (
        "kind", "contract_no", "user_name", "at", "part", "change", "field", "old_value", "new_value",
        "service_item_no", "line_no",
    ),
)  # fmt: skip
_GAIN = RecordWriter(
    tables.ContractGainLossEntry,
    (),
    ("contract_no", "contract_group_code", "date", "kind", "amount", "reason_code", "customer_no", "user_name"),
)
# What follows from other fields is not logged for itself.
_FOLLOWS = frozenset(
    {
        "row_version", "last_line_no", "amount_per_period", "next_invoice_date", "next_period_start", "next_period_end",
        "last_invoice_date", "last_period_end",
    }
)  # fmt: skip
_LOGGED_OF_LINES = ("service_item_no", "item_no", "line_value", "line_discount_pct", "line_amount",
                    "contract_expiration_date")  # fmt: skip


def change_log(acting: Acting, before: ContractCase, after: ContractCase) -> Batch:
    """C-13: a row per changed field of the header, and per line that came, went or changed in what counts."""
    if not before.setup.service.register_contract_changes:
        return _LOG.sql, []
    contract, at = before.contract, datetime.now(UTC)

    def row(
        part: str, change: str, field: str, old: object, new: object, line: ContractLine | None = None
    ) -> list[Any]:
        item, no = (line.service_item_no, line.line_no) if line else ("", 0)
        return _LOG.row(
            None,
            [
                after.contract.kind,
                contract.no,
                acting.user,
                at,
                part,
                change,
                field,
                _shown(old),
                _shown(new),
                item,
                no,
            ],
        )

    rows = [
        row("header", "modify", name, getattr(contract, name), new)
        for name, new in changed_fields(contract, after.contract).items()
        if name not in _FOLLOWS
    ]
    old_lines = {line.line_no: line for line in before.lines}
    for line in after.lines:
        known = old_lines.pop(line.line_no, None)
        if known is None:
            rows.append(row("line", "insert", "line_amount", "", line.line_amount, line))
            continue
        rows += [
            row("line", "modify", name, getattr(known, name), getattr(line, name), line)
            for name in _LOGGED_OF_LINES
            if getattr(known, name) != getattr(line, name)
        ]
    rows += [row("line", "delete", "line_amount", line.line_amount, "", line) for line in old_lines.values()]
    return _LOG.sql, rows


def discount_log(acting: Acting, case: ContractCase, change: str, old: str, new: str, at: datetime) -> Batch:
    """C-13, C-161: a discount that came, went or changed."""
    if not case.setup.service.register_contract_changes:
        return _LOG.sql, []
    contract = case.contract
    row = [contract.kind, contract.no, acting.user, at, "discount", change, "discount_pct", old[:250], new[:250], "", 0]
    return _LOG.sql, [_LOG.row(None, row)]


def _shown(value: object) -> str:
    return "" if value in ("", None) else show(value)[:250]


def gain_or_loss(
    acting: Acting, case: ContractCase, kind: str, amount: Decimal, day: date | None = None, reason_code: str = ""
) -> Batch:
    """C-14, C-56: by how much the contract brings more or less a year; nothing for a difference of 0."""
    contract = case.contract
    if not amount:
        return _GAIN.sql, []
    row = [
        contract.no, contract.contract_group_code, day or acting.work_date, kind, amount, reason_code,
        contract.customer_no, acting.user,
    ]  # fmt: skip
    return _GAIN.sql, [_GAIN.row(None, row)]


# --- filed copies -----------------------------------------------------------------------------------------------------

_HEAD = tuple(name for name in column_names(tables.ServiceContract) if name != "id")
_LINE = tuple(name for name in column_names(tables.ServiceContractLine) if name not in ("id", "kind", "contract_no"))
_DISCOUNT = ("type", "code", "starting_date", "discount_pct")


async def filing_batches(session: Session, acting: Acting, kind: str, no: str, reason: str = "blank") -> list[Batch]:
    """C-15, C-42: the contract as it stands, copied inside the database: header, lines, discounts and comments."""
    remarks = await session.fetch(
        "SELECT date, text, user_name FROM contract_comment WHERE kind = ? AND contract_no = ? ORDER BY id", kind, no
    )
    comments = json.dumps([[str(day or ""), text, user] for day, text, user in remarks]) if remarks else ""
    newest = "(SELECT MAX(file_no) FROM filed_contract WHERE kind = ? AND no = ?)"
    moment = "CAST(? AS TIMESTAMPTZ)" if session.dialect == "postgresql" else "?"
    head, line, discount = ", ".join(_HEAD), ", ".join(_LINE), ", ".join(_DISCOUNT)
    return [
        (
            f"INSERT INTO filed_contract ({head}, filed_at, filed_by, filed_reason, comments)"
            f" SELECT {head}, {moment}, CAST(? AS VARCHAR(50)), CAST(? AS VARCHAR(30)), CAST(? AS TEXT)"
            " FROM service_contract WHERE kind = ? AND no = ?",
            [(datetime.now(UTC), acting.user, reason, comments, kind, no)],
        ),
        (
            f"INSERT INTO filed_contract_line (file_no, {line}) SELECT {newest}, {line}"
            " FROM service_contract_line WHERE kind = ? AND contract_no = ?",
            [(kind, no, kind, no)],
        ),
        (
            f"INSERT INTO filed_contract_discount (file_no, {discount}) SELECT {newest}, {discount}"
            " FROM contract_discount WHERE kind = ? AND contract_no = ?",
            [(kind, no, kind, no)],
        ),
    ]
