"""Loads contracts with all that their rules look at, and writes what differs: few queries, however many contracts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from db import contracts as tables
from db import ledgers
from db.session import Batch, Row, Session
from webapp.billing.case import ContractCase
from webapp.billing.coverage import LeftOut
from webapp.billing.periods import Span
from webapp.billing.records import Contract, ContractEntry, ContractLine, Waiver
from webapp.posting.headers import ShipTo
from webapp.posting.records import changed_fields
from webapp.posting.setup import Setup
from webapp.store.catalogs import SHIP_TO
from webapp.store.document_rows import update
from webapp.store.readers import CUSTOMERS, ITEMS, SERVICE_ITEMS
from webapp.store.rows import Reader, RecordWriter, shared_names
from webapp.store.setup_cache import load_setup
from webapp.store.snapshots import marks

CONTRACTS = Reader(Contract, tables.ServiceContract)
LINES = Reader(ContractLine, tables.ServiceContractLine)
CONTRACT = RecordWriter(
    tables.ServiceContract, shared_names(Contract, tables.ServiceContract), ("created_by", "created_at")
)
LINE = RecordWriter(
    tables.ServiceContractLine, shared_names(ContractLine, tables.ServiceContractLine), ("kind", "contract_no")
)
WAIVERS = Reader(Waiver, tables.ContractWaiver)
_WAIVER = RecordWriter(
    tables.ContractWaiver,
    (),
    ("contract_no", "contract_line_no", "period_from", "period_to", "amount", "reason", "user_name", "at"),
)
_LINE_KEY = "kind = ? AND contract_no = ? AND line_no = ?"


def _lock(session: Session, wanted: bool) -> str:
    return " FOR UPDATE" if wanted and session.dialect == "postgresql" else ""


async def load_case(session: Session, kind: str, no: str, *, lock: bool = False) -> ContractCase | None:
    """One contract or quote; None when it does not exist (any more)."""
    return (await load_cases(session, [no], kind, lock=lock)).get(no)


async def load_cases(
    session: Session, nos: Iterable[str], kind: str = "contract", *, lock: bool = False, documents: bool = True
) -> dict[str, ContractCase]:
    """Contracts by number, locked in the order of their numbers where that is wanted (C-5). Without their open
    documents and what the ledger has of them for a run over many, which asks for neither."""
    wanted = sorted(set(nos))
    setup = await load_setup(session)
    if not wanted:
        return {}
    places = marks(wanted)
    heads, lines = await session.fetch_all(
        [
            (CONTRACTS.sql(f"WHERE kind = ? AND no IN ({places}) ORDER BY no") + _lock(session, lock), (kind, *wanted)),
            (
                "SELECT contract_no, "
                + ", ".join(LINES.names)
                + f" FROM service_contract_line WHERE kind = ? AND contract_no IN ({places}) ORDER BY line_no",
                (kind, *wanted),
            ),
        ]
    )
    contracts = CONTRACTS.all(heads)
    by_contract: dict[str, list[ContractLine]] = {}
    for row in lines:
        by_contract.setdefault(str(row[0]), []).append(LINES.one(row[1:]))
    return await _cases(session, setup, contracts, by_contract, documents)


async def _cases(
    session: Session,
    setup: Setup,
    contracts: Sequence[Contract],
    lines: Mapping[str, Sequence[ContractLine]],
    documents_too: bool,
) -> dict[str, ContractCase]:
    """The contracts with what they name."""
    queries = _of_cases(contracts, [line for own in lines.values() for line in own], documents_too)
    answers = iter(await session.fetch_all([query for query in queries if query[1]]))
    rows: list[list[Row]] = [next(answers) if query[1] else [] for query in queries]
    customers = {row.no: row for row in CUSTOMERS.all(rows[0])}
    service_items = {row.no: row for row in SERVICE_ITEMS.all(rows[1])}
    stock = {row.no: row for row in ITEMS.all(rows[2])}
    private = {str(row[0]) for row in rows[3]}
    addresses: dict[tuple[str, str], ShipTo] = {}
    for row in rows[4]:
        address = SHIP_TO.one(row[1:])
        addresses[str(row[0]), address.code] = address
    documents: dict[tuple[str, str], list[str]] = {}
    for source, kind, no in rows[5]:
        documents.setdefault((str(source), str(kind)), []).append(str(no))
    with_entries = {str(row[0]): bool(row[1]) for row in rows[6]}
    return {
        c.no: ContractCase(
            setup=setup,
            contract=c,
            lines=tuple(lines.get(c.no, ())),
            customer=customers.get(c.customer_no),
            bill_to=customers.get(c.bill_to_customer_no),
            ship_to=addresses.get((c.customer_no, c.ship_to_code)),
            salesperson_private=c.salesperson_code in private,
            service_items=service_items,
            items=stock,
            open_invoices=tuple(documents.get((c.no, "invoice"), ())),
            open_credit_memos=tuple(documents.get((c.no, "credit_memo"), ())),
            has_entries=c.no in with_entries,
            unreleased=with_entries.get(c.no, False),
        )
        for c in contracts
    }


def _of_cases(
    contracts: Sequence[Contract], lines: Sequence[ContractLine], documents_too: bool
) -> list[tuple[str, list[str]]]:
    """What is asked about these contracts; a question about nothing need not be asked."""
    people = sorted({no for c in contracts for no in (c.customer_no, c.bill_to_customer_no)} - {""})
    machines = sorted({line.service_item_no for line in lines} - {""})
    items = sorted({line.item_no for line in lines} - {""})
    sellers = sorted({c.salesperson_code for c in contracts} - {""})
    addressed = sorted({c.customer_no for c in contracts if c.ship_to_code})
    own = sorted(c.no for c in contracts if documents_too and not c.is_quote)
    return [
        (CUSTOMERS.sql(f"WHERE no IN ({marks(people)})"), people),
        (SERVICE_ITEMS.sql(f"WHERE no IN ({marks(machines)})"), machines),
        (ITEMS.sql(f"WHERE no IN ({marks(items)})"), items),
        (f"SELECT code FROM salesperson WHERE privacy_blocked AND code IN ({marks(sellers)})", sellers),
        (f"SELECT customer_no, {', '.join(SHIP_TO.names)} FROM ship_to_address"
         f" WHERE customer_no IN ({marks(addressed)})", addressed),
        ("SELECT source_no, destination_kind, destination_no FROM service_document_register WHERE source_kind ="
         f" 'contract' AND destination_kind IN ('invoice', 'credit_memo') AND source_no IN ({marks(own)})"
         " ORDER BY destination_no", own),
        ("SELECT service_contract_no, MAX(CASE WHEN prepaid AND NOT moved_from_prepaid AND NOT open THEN 1 ELSE 0 END)"
         " FROM service_ledger_entry WHERE service_contract_no <> '' AND type = 'service_contract'"
         f" AND service_contract_no IN ({marks(own)}) GROUP BY service_contract_no", own),
    ]  # fmt: skip


# --- entries ----------------------------------------------------------------------------------------------------------

ENTRIES = Reader(ContractEntry, ledgers.ServiceLedgerEntry)


async def load_entries(session: Session, contract_nos: Sequence[str]) -> list[ContractEntry]:
    """What is billed and credited of these contracts, in the order of the ledger (C-17)."""
    if not contract_nos:
        return []
    sql = ENTRIES.sql(
        f"WHERE service_contract_no <> '' AND service_contract_no IN ({marks(contract_nos)})"
        " AND type = 'service_contract' ORDER BY entry_no"
    )
    return ENTRIES.all(await session.fetch(sql, *contract_nos))


async def load_waivers(session: Session, contract_no: str) -> list[Waiver]:
    return WAIVERS.all(await session.fetch(WAIVERS.sql("WHERE contract_no = ? ORDER BY entry_no"), contract_no))


async def load_left_out(session: Session, contract_nos: Sequence[str]) -> dict[str, list[LeftOut]]:
    """Days that an invoice was told to leave, by contract (C-109)."""
    rows = await session.fetch(
        "SELECT source_no, destination_no, days_left FROM service_document_register WHERE source_kind = 'contract'"
        f" AND source_no IN ({marks(contract_nos)}) AND destination_kind IN ('invoice', 'posted_invoice')"
        " AND days_left <> '' ORDER BY id",
        *contract_nos,
    )
    found: dict[str, list[LeftOut]] = {}
    for no, document, text in rows:
        for line, (first, last) in json.loads(str(text)).items():
            days = Span(date.fromisoformat(first), date.fromisoformat(last))
            found.setdefault(str(no), []).append(LeftOut(int(line), days, str(document)))
    return found


# --- writing ----------------------------------------------------------------------------------------------------------


def insert_batches(contract: Contract, lines: Sequence[ContractLine], user: str) -> list[Batch]:
    """A new contract or quote."""
    head = CONTRACT.row(contract, [user, datetime.now(UTC)])
    return [
        (CONTRACT.sql, [head]),
        (LINE.sql, [LINE.row(line, [contract.kind, contract.no]) for line in lines]),
    ]


def change_batches(
    before: Contract,
    lines_before: Sequence[ContractLine],
    after: Contract,
    lines_after: Sequence[ContractLine],
) -> list[Batch]:
    """What makes the contract in the database the one `after`, its row version raised; nothing when they are equal."""
    place = (before.kind, before.no)
    old = {line.line_no: line for line in lines_before}
    batches: dict[str, list[Sequence[object]]] = {}
    for line in lines_after:
        known = old.pop(line.line_no, None)
        if known is None:
            batches.setdefault(LINE.sql, []).append(LINE.row(line, place))
        elif known is not line and (changes := changed_fields(known, line)):
            sql, rows = update(tables.ServiceContractLine, changes, _LINE_KEY, (*place, line.line_no))
            batches.setdefault(sql, []).extend(rows)
    gone: list[Batch] = []
    if old:
        gone = [(f"DELETE FROM service_contract_line WHERE {_LINE_KEY}", [(*place, no) for no in old])]
    changes = changed_fields(before, after)
    if not (changes or batches or gone):
        return []
    last = max([after.last_line_no, *(line.line_no for line in lines_after)])
    changes |= {"row_version": before.row_version + 1, "last_line_no": last}
    head = update(tables.ServiceContract, changes, "kind = ? AND no = ?", place)
    return [*gone, *batches.items(), head]


def waiver_batch(rows: Iterable[Sequence[Any]]) -> Batch:
    """Rows of contract, line, first and last day, amount, reason, user, moment."""
    return _WAIVER.sql, [_WAIVER.row(None, list(row)) for row in rows]
