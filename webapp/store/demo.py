"""Loads the demo company through the services that people use: company packs, drafts and postings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from db import demo, demo_contracts
from db.engine import reading
from webapp.billing.lifecycle import QUESTIONS
from webapp.posting.findings import Finding
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import contract_drafts, contract_steps, users
from webapp.store.acting import Acting, system
from webapp.store.drafts import Saved, add_item_line, add_line, change_line, create_document
from webapp.store.packs import import_pack
from webapp.store.posting import post_document

Progress = Callable[[int, int], None]


class DemoBroken(Exception):
    """The demo company no longer fits the product."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded."""

    customers: int
    items: int
    orders: int
    posted: int
    contracts: int


async def is_empty() -> bool:
    """Whether nothing has been entered yet, so that the demo company can be loaded."""
    async with reading() as session:
        found = await session.fetch_all(
            [
                (f"SELECT 1 FROM {table} LIMIT 1", ())
                for table in ("customer", "gl_account", "service_header", "app_user")
            ]
        )
    return not any(found)


async def load_demo(work_date: date, progress: Progress = lambda done, all_: None) -> Loaded:
    """Fills an empty database. The same work date gives the same company."""
    pack = demo.company_pack(work_date)
    await import_or_break(system(work_date), pack)
    await _add_users()
    clerk, poster = Acting("CLERK", "clerk", work_date), Acting("POSTER", "poster", work_date)
    entered, agreed = demo.orders(work_date), demo_contracts.contracts(work_date)
    posted, all_ = 0, len(entered) + len(agreed)
    for number, order in enumerate(entered, 1):
        posted += await _enter(clerk, poster, order)
        progress(number, all_)
    for number, contract in enumerate(agreed, len(entered) + 1):
        posted += await _agree(contract, work_date)
        progress(number, all_)
    await import_or_break(system(work_date), demo.restrictions(work_date))
    return Loaded(len(pack["customers"]), len(pack["items"]), len(entered), posted, len(agreed))


async def import_or_break(acting: Acting, pack: demo.Pack) -> None:
    result = await import_pack(acting, pack)
    if result.findings:
        raise DemoBroken("\n".join(f"{found.record}: {found.message}" for found in result.findings[:20]))


async def _add_users() -> None:
    """One user per role, all with the password of the demo."""
    password_hash = users.hash_password(demo.PASSWORD)
    for user_name, full_name, role in demo.USERS:
        await users.add_user(user_name, full_name, role, password_hash)


async def enter_order(clerk: Acting, order: demo.Order) -> DocumentKey:
    """Enters an order as people do, without its steps."""
    key = _key(await create_document(clerk, "order", order.header), order)
    for item_line in order.item_lines:
        _accepted(await add_item_line(clerk, key, item_line), order)
    for line in order.lines:
        values = {name: _exact(value) for name, value in line.items() if name != "item_line"}
        _accepted(await add_line(clerk, key, {**values, "service_item_line_no": line["item_line"] * 10000}), order)
    return key


async def _enter(clerk: Acting, poster: Acting, order: demo.Order) -> int:
    """Enters an order and takes its steps; gives how many postings were made."""
    key = await enter_order(clerk, order)
    posted = 0
    for kind, *step in order.steps:
        if kind == "type":
            place, column, value = step
            _accepted(await change_line(clerk, key, place * 10000, {column: value}), order)
        else:
            result = await post_document(poster, key, REQUESTS[step[0]])
            _refuse(result.findings, order)
            posted += 1
    return posted


# --- contracts ------------------------------------------------------------------------------------------------------


async def _agree(contract: demo_contracts.Contract, work_date: date) -> int:
    """Enters a contract, signs it on its first day and takes its steps; gives how many postings were made."""
    kind, then = contract.kind, contract.then
    acting = Acting("POSTER", "poster", contract.entered_on)
    no = _done(await contract_drafts.create_contract(acting, kind, contract.header), contract)
    for line in contract.lines:
        _done(await contract_drafts.add_contract_line(acting, kind, no, line, confirmed=QUESTIONS), contract)
    if then == "quoted":
        return 0
    _done(await contract_steps.sign_contract(acting, kind, no, starting="later", confirmed=QUESTIONS), contract)
    today = Acting("POSTER", "poster", work_date)
    if then == "opened":
        _done(await contract_steps.open_contract(today, kind, no), contract)
    elif then == "cancelled":
        _done(await contract_steps.cancel_contract(today, kind, no, confirmed=QUESTIONS), contract)
    elif then == "posted":
        made = await contract_steps.create_contract_invoice(acting, no)
        _done(made, contract)
        posted = await post_document(today, DocumentKey("invoice", made.invoices[0].no), REQUESTS["ship_and_invoice"])
        refuse(posted.findings, contract.about)
        return 1
    return 0


def _done(saved: contract_drafts.ContractSaved, contract: demo_contracts.Contract) -> str:
    refuse(saved.findings, f"{contract.header['customer_no']} {contract.about!r}")
    return saved.no


# --- orders ---------------------------------------------------------------------------------------------------------


def _exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) else value


def _key(saved: Saved, order: demo.Order) -> DocumentKey:
    _accepted(saved, order)
    assert saved.key is not None
    return saved.key


def _accepted(saved: Saved, order: demo.Order) -> None:
    _refuse(saved.findings, order)


def _refuse(findings: tuple[Finding, ...], order: demo.Order) -> None:
    refuse(findings, f"{order.header['customer_no']} {order.header['description']!r}")


def refuse(findings: tuple[Finding, ...], name: str) -> None:
    """Raises `DemoBroken` when one of the findings is an error."""
    if errors := [found.message for found in findings if found.is_error]:
        raise DemoBroken(f"{name}: " + "; ".join(errors))
