"""The set-up tables in memory, as long as they stand (their version is drawn anew with every change)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from piccolo.table import Table

from db import contracts, masters
from db import setup as tables
from db.session import Session
from webapp.posting import setup as records
from webapp.posting.setup import Setup
from webapp.store.rows import Reader

R = TypeVar("R")

_LEDGER = Reader(records.LedgerSetup, tables.LedgerSetup)
_RECEIVABLES = Reader(records.ReceivablesSetup, tables.ReceivablesSetup)
_SERVICE = Reader(records.ServiceSetup, tables.ServiceSetup)
_INVENTORY = Reader(records.InventorySetup, tables.InventorySetup)
_COMPANY = Reader(records.Company, tables.Company)

# field of Setup: record, table, key attributes, order
_KEYED: dict[str, tuple[type[Any], type[Table], tuple[str, ...], str]] = {
    "users": (records.UserSetup, tables.UserSetup, ("user_name",), ""),
    "accounts": (records.GlAccount, tables.GlAccount, ("no",), ""),
    "general_posting": (
        records.GeneralPostingSetup,
        tables.GeneralPostingSetup,
        ("gen_bus_group", "gen_prod_group"),
        "",
    ),
    "vat_posting": (records.VatPostingSetup, tables.VatPostingSetup, ("vat_bus_group", "vat_prod_group"), ""),
    "customer_groups": (records.CustomerPostingGroup, tables.CustomerPostingGroup, ("code",), ""),
    "inventory_posting": (
        records.InventoryPostingSetup,
        tables.InventoryPostingSetup,
        ("location_code", "inventory_posting_group"),
        "",
    ),
    "currencies": (records.Currency, tables.Currency, ("code",), ""),
    "payment_terms": (records.PaymentTerms, tables.PaymentTerms, ("code",), ""),
    "payment_methods": (records.PaymentMethod, tables.PaymentMethod, ("code",), ""),
    "bank_accounts": (records.BankAccount, tables.BankAccount, ("no",), ""),
    "costs": (records.ServiceCost, masters.ServiceCost, ("code",), ""),
    "work_types": (records.WorkType, masters.WorkType, ("code",), ""),
    "fault_reasons": (records.FaultReason, tables.FaultReason, ("code",), ""),
    "repair_statuses": (records.RepairStatus, masters.RepairStatus, ("code",), ""),
    "dimension_values": (records.DimensionValue, tables.DimensionValue, ("dimension_code", "code"), ""),
    "number_series": (records.NumberSeries, tables.NumberSeries, ("code",), ""),
    "contract_account_groups": (records.ContractAccountGroup, contracts.ContractAccountGroup, ("code",), ""),
    "contract_groups": (records.ContractGroup, contracts.ContractGroup, ("code",), ""),
    "countries": (records.Country, tables.Country, ("code",), ""),
    "standard_texts": (records.StandardText, tables.StandardText, ("code",), ""),
}
_GROUPED: dict[str, tuple[type[Any], type[Table], tuple[str, ...], str]] = {
    "rates": (records.CurrencyRate, tables.CurrencyRate, ("currency_code",), "ORDER BY starting_date"),
    "default_dimensions": (records.DefaultDimension, tables.DefaultDimension, ("table_name", "no"), "ORDER BY id"),
    "invoice_discounts": (
        records.InvoiceDiscount,
        masters.CustomerInvoiceDiscount,
        ("code",),
        "ORDER BY minimum_amount",
    ),
}
_COMBINATIONS = Reader(records.DimensionCombination, tables.DimensionCombination)
_READERS = {name: Reader(row[0], row[1]) for name, row in {**_KEYED, **_GROUPED}.items()}

VERSION_SQL = "SELECT version FROM setup_version"
_kept: Setup | None = None


async def load_setup(session: Session, version: int | None = None) -> Setup:
    """The set-up as this session sees it; read only when it has changed since it was kept."""
    global _kept
    if version is None:
        version = int((await session.fetch(VERSION_SQL))[0][0])
    if _kept is not None and _kept.version == version:
        return _kept
    names = [*_KEYED, *_GROUPED]
    queries = [(_READERS[name].sql({**_KEYED, **_GROUPED}[name][3]), ()) for name in names]
    singles: tuple[Reader[Any], ...] = (_LEDGER, _RECEIVABLES, _SERVICE, _INVENTORY, _COMPANY)
    queries += [(reader.sql(), ()) for reader in (*singles, _COMBINATIONS)]
    rows = await session.fetch_all(queries)
    found: dict[str, Any] = {}
    for name, result in zip(names, rows, strict=False):
        loaded = _READERS[name].all(result)
        keys = ({**_KEYED, **_GROUPED})[name][2]
        found[name] = _by_key(loaded, keys) if name in _KEYED else _grouped(loaded, keys)
    single_rows = rows[len(names) : len(names) + len(singles)]
    ledger, receivables, service, inventory, company = (_one(r, s) for r, s in zip(singles, single_rows, strict=True))
    combinations = tuple(_COMBINATIONS.all(rows[-1]))
    setup = Setup(
        version=version,
        ledger=ledger,
        receivables=receivables,
        service=service,
        inventory=inventory,
        company=company,
        dimension_combinations=combinations,
        **found,
    )
    _kept = setup
    return setup


def _key(row: Any, names: tuple[str, ...]) -> Any:
    return getattr(row, names[0]) if len(names) == 1 else tuple(getattr(row, name) for name in names)


def _by_key(rows: Sequence[R], names: tuple[str, ...]) -> Mapping[Any, R]:
    return {_key(row, names): row for row in rows}


def _grouped(rows: Sequence[R], names: tuple[str, ...]) -> Mapping[Any, tuple[R, ...]]:
    groups: dict[Any, list[R]] = {}
    for row in rows:
        groups.setdefault(_key(row, names), []).append(row)
    return {key: tuple(members) for key, members in groups.items()}


def _one(reader: Reader[R], rows: Sequence[Sequence[Any]]) -> R:
    """The only row of a settings table; its defaults when nobody has filled it in yet."""
    if rows:
        return reader.one(rows[0])
    defaults = (reader.codec.columns[name]._meta.params["default"] for name in reader.names)
    return reader.one([None if value is None else value for value in defaults])
