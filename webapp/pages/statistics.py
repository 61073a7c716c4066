"""The figures of an open document: what it comes to, costs and earns, and how its payer stands (D-115)."""

from __future__ import annotations

from typing import Final

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from webapp import labels
from webapp.pages.answers import Visit, page
from webapp.pages.charts import pairs_of
from webapp.pages.document_paths import key_of, place_of, places, requires_of_place
from webapp.pages.open_documents import load_shown
from webapp.store.posted import lcy_code
from webapp.store.statistics import statistics_of_document

__all__ = ["ROUTES"]


@get(places("/{no:str}/statistics"), guards=[requires_of_place("read")])
async def show_statistics(request: Visit, no: FromPath[str]) -> Template:
    key = key_of(request.url.path, no)
    shown = await load_shown(request, key)
    found = await statistics_of_document(request.user.acting, key)
    assert found is not None  # the document was there a moment ago
    parts = [
        ("All", found.general),
        ("Invoicing", found.invoicing),
        ("Shipping", found.shipping),
        ("Consuming", found.consuming),
    ]
    shown_parts = [(name, part) for name, part in parts if part is not None]
    by_type = [(labels.choice(kind), part) for kind, part in found.by_type.items()]
    lcy = await lcy_code()
    return page(
        request,
        "documents/statistics.html",
        head=shown.head,
        place=place_of(key.document_type),
        path=shown.path,
        parts=shown_parts,
        parts_chart=pairs_of(shown_parts),
        by_type=by_type,
        types_chart=pairs_of(by_type),
        credit=found.credit,
        lcy=lcy,
        currency=shown.head.currency_code or lcy,
    )


ROUTES: Final = (show_statistics,)
