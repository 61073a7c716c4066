"""The entries that a plan would write, as the ledgers would show them (D-78 … D-82). Reads nothing, writes nothing.

The rows are made by the very code that makes them for the database and read back by the code that reads them from it;
only their numbers are not drawn: documents carry those that they would take, entries are counted from 1 (O-10).
"""

from __future__ import annotations

from typing import Any

from webapp.posting.plan import PostingPlan
from webapp.store.ledger_rows import WRITERS, Numbers
from webapp.store.ledgers import LEDGERS, MADE, Ledger
from webapp.store.posted import Entries

Row = dict[str, Any]

_OF_TABLE = {ledger.table: ledger for ledger in LEDGERS.values()}


def planned_rows(plan: PostingPlan, user_name: str) -> dict[str, list[Row]]:
    """Every column of every row that the plan would write, by ledger; empty when it may not post."""
    documents: dict[str, str] = {role: number.no for role, number in plan.numbers.items()}
    counted = {name: range(1, len(getattr(plan.ledgers, name)) + 1) for name in WRITERS}
    numbers = Numbers(0, documents, counted)
    found: dict[str, list[Row]] = {}
    for name, ledger_writer in WRITERS.items():
        planned = getattr(plan.ledgers, name)
        if not planned:
            continue
        writer = ledger_writer.writer
        _, rows = ledger_writer.batch(planned, plan.header, numbers, user_name)
        found[name] = [writer.codec.read(writer.names, row) for row in rows]
    return found


def planned_entries(plan: PostingPlan, user_name: str) -> list[Entries]:
    """The rows that the plan would write, ledger by ledger as a posted document shows its own."""
    rows = planned_rows(plan, user_name)
    return [
        Entries(ledger, [_shown(ledger, row, plan) for row in rows[name]])
        for name in rows
        if (ledger := _OF_TABLE.get(WRITERS[name].ledger.table)) is not None
    ]


def _shown(ledger: Ledger, row: Row, plan: PostingPlan) -> Row:
    """A row with the columns that a ledger shows: those it does not write have their default, names are looked up."""
    names = {
        "gl_account_name": _name_of(plan.case.setup.accounts.get(row.get("gl_account_no", ""))),
        "customer_name": plan.header.bill_to_name,
        "item_description": _description_of(plan.case.snapshot.items.get(row.get("item_no", ""))),
    }
    blank = dict.fromkeys((*ledger.own, *MADE), "")
    return {**blank, **{name: names[name] for name in ledger.names}, **row}


def _name_of(account: Any) -> str:
    return account.name if account is not None else ""


def _description_of(item: Any) -> str:
    return item.description if item is not None else ""
