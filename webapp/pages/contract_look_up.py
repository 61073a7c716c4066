"""The contracts that a field offers while a number is typed."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from webapp.labels import choice
from webapp.pages.answers import Visit, fragment
from webapp.pages.document_fields import CONTRACT_LOOKUP
from webapp.security import requires
from webapp.store.contract_lists import CONTRACTS
from webapp.store.document_lists import list_documents

__all__ = ["ROUTES"]


@get(f"/look-up/{CONTRACT_LOOKUP}", guards=[requires("contracts.read")])
async def look_up_contract(request: Visit, q: FromQuery[str] = "", id: FromQuery[str] = "f") -> Template:
    """Contracts by number, customer or any word of their description; one that is not signed says so."""
    words = "".join(c for c in q if c.isprintable()).strip()[:100]
    found = await list_documents(CONTRACTS, search=words, limit=12)
    pairs = []
    for row in found.rows:
        status = "" if row["status"] == "signed" else choice(str(row["status"])) or "Not signed"
        told = (str(row["customer_name"] or row["customer_no"]), str(row["description"]), status)
        pairs.append((str(row["no"]), ", ".join(filter(None, told))))
    safe_id = "".join(c for c in id if c.isalnum() or c in "-_")[:80]
    return fragment("setup/_options.html", id=safe_id, found=pairs, more=bool(found.next))


ROUTES: Final = (look_up_contract,)
