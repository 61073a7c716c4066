"""Gives contracts to another customer, with their service items and every contract that shares one of these (C-162)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from db.engine import transaction
from db.session import Session
from webapp.billing.case import ContractCase
from webapp.billing.changes import moved_to
from webapp.billing.checks import contract_finding
from webapp.posting.findings import Finding, finding
from webapp.posting.records import changed
from webapp.posting.snapshot import Customer
from webapp.store.acting import Acting
from webapp.store.catalogs import load_people
from webapp.store.contract_drafts import NO_ANSWERS, ContractSaved, Refused, change_with_traces, stale
from webapp.store.contract_records import load_case, load_cases
from webapp.store.snapshots import marks

_SHARED = """
SELECT DISTINCT o.contract_no, o.service_item_no FROM service_contract_line l
JOIN service_contract_line o ON o.service_item_no = l.service_item_no AND o.kind = 'contract'
JOIN service_contract c ON c.kind = o.kind AND c.no = o.contract_no AND c.status <> 'cancelled'
WHERE l.kind = 'contract' AND l.contract_no IN ({marks})"""


async def change_customer(
    acting: Acting, no: str, customer_no: str, row_version: int | None = None, confirmed: frozenset[str] = NO_ANSWERS
) -> ContractSaved:
    """Moves a contract, asked about all that goes with it; salesperson and currency stay (C-162)."""
    try:
        async with transaction() as session:
            return await _change(session, acting, no, customer_no, row_version, confirmed)
    except Refused as refusal:
        return ContractSaved("contract", no, findings=refusal.findings)


async def _change(
    session: Session, acting: Acting, no: str, customer_no: str, row_version: int | None, confirmed: frozenset[str]
) -> ContractSaved:
    nos, items = await _sharing(session, no)
    cases = await load_cases(session, nos, lock=True)
    case = cases.get(no) or await load_case(session, "contract", no, lock=True)
    if refused := stale(case, "contract", no, row_version):
        return refused
    assert case is not None
    people = await load_people(session, [customer_no])
    customer = people.get(customer_no)
    cases[no] = case
    if found := _findings(case, list(cases.values()), customer, customer_no, items, confirmed):
        raise Refused(found)
    assert customer is not None
    batches = []
    for one in cases.values():
        after = changed(one, contract=moved_to(one, customer, people))
        batches += change_with_traces(acting, one, after, "")
    if items:
        batches.append(
            (
                "UPDATE service_item SET customer_no = ?, ship_to_code = ?, row_version = row_version + 1 WHERE no = ?",
                [(customer_no, customer.ship_to_code, item) for item in items],
            )
        )
    await session.execute_all([batch for batch in batches if batch[1]])
    return ContractSaved("contract", no)


async def _sharing(session: Session, no: str) -> tuple[list[str], list[str]]:
    """The contracts that share service items with this one, with each other's, and all these service items."""
    nos, items = {no}, set[str]()
    while True:
        rows = await session.fetch(_SHARED.format(marks=marks(sorted(nos))), *sorted(nos))
        items |= {str(row[1]) for row in rows}
        found = nos | {str(row[0]) for row in rows}
        if found == nos:
            return sorted(nos), sorted(items)
        nos = found


def _findings(
    case: ContractCase,
    every: Sequence[ContractCase],
    customer: Customer | None,
    customer_no: str,
    items: Sequence[str],
    confirmed: frozenset[str],
) -> list[Finding]:
    if not customer_no:
        return [contract_finding(case, "field_required", "customer_no")]
    if customer is None:
        return [
            contract_finding(case, "reference_unknown", "customer_no", name=customer_no, table="customer", record="")
        ]
    if case.contract.status == "cancelled":
        return [contract_finding(case, "contract_cancelled", "status")]
    if customer.blocked == "all" or customer.privacy_blocked:
        at: dict[str, Any] = {"role": "Customer", "no": customer.no, "name": customer.name, "kind": "All"}
        return [finding("customer_blocked", document=case.contract.no, field="customer_no", **at)]
    found = []
    for one in every:
        documents = (*one.open_invoices, *one.open_credit_memos)
        if documents:
            found.append(contract_finding(one, "contract_has_documents", "status", documents=", ".join(documents)))
    if not found and "contract_customer_moves" not in confirmed:
        names = ", ".join(one.contract.no for one in every)
        found.append(
            contract_finding(
                case, "contract_customer_moves", "customer_no", names=names, items=", ".join(items) or "none",
                customer=customer_no,
            )
        )  # fmt: skip
    return found
