"""Every posted document in the database, each of its amounts derived from its rows."""

from __future__ import annotations

from db.engine import reading
from tests.posting.test_derivation import came_to
from webapp.posting.derivation import derive_line, derive_totals
from webapp.store.derivations import behind
from webapp.store.posted import load_posted

HEADERS = {"invoice": "service_invoice_header", "credit_memo": "service_cr_memo_header"}


async def underived() -> list[str]:
    """The steps that the posted rows do not prove, and lines whose entries come to something else; empty when every
    amount is derived. That the steps come to what was posted is asserted, proven or not."""
    found = []
    for kind, table in HEADERS.items():
        async with reading() as session:
            numbers = [str(row[0]) for row in await session.fetch(f"SELECT no FROM {table} ORDER BY no")]
        for no in numbers:
            found += [f"{kind} {no} {fault}" for fault in await _of(kind, no)]
    return found


async def _of(kind: str, no: str) -> list[str]:
    document = await load_posted(kind, no, with_entries=False)
    assert document is not None
    looked, head = await behind(document), document.header
    totals = derive_totals(looked.rows, head["amount"], head["amount_including_vat"])
    assert came_to(totals)["amount_including_vat"] == head["amount_including_vat"]
    faults = [f"{step.name}: {step.note}" for step in totals if not step.proven]
    for row in looked.rows.rows:
        steps = derive_line(looked.rows, row.line.line_no)
        sums = came_to(steps)
        assert (sums["amount"], sums["amount_including_vat"]) == (row.amount, row.amount_including_vat)
        faults += [f"line {row.line.line_no} {step.name}: {step.note}" for step in steps if not step.proven]
        if not looked.of_line(row.line.line_no)[0].holds:
            faults.append(f"line {row.line.line_no} entries")
    return faults + [f"line {line} clause: {one.note}" for line, one in looked.clauses.items() if not one.proven]
