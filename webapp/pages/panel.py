"""What will be posted: the panel beside the lines of an open document (D-83, D-84). A page without script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, fragment, page, see_other, submitted
from webapp.pages.closed_orders import not_open
from webapp.pages.document_paths import Place, href_of, key_of, place_of, places, requires_of_place
from webapp.pages.finding_links import linked, naming
from webapp.pages.ledgers import LINKS, drawn_entries
from webapp.pages.posting import PREFERENCE, Choice, nothing_of, option_asked, options_of
from webapp.posting.findings import Finding
from webapp.posting.plan import OPTION_NAMES, PostingPlan
from webapp.posting.records import changed
from webapp.posting.snapshot import DocumentKey
from webapp.posting.telling import Told, told_once
from webapp.store.ledgers import LEDGERS, Ledger
from webapp.store.panel import counted_entries, what_will_be_posted
from webapp.store.preferences import preferences, set_preference
from webapp.store.preview import planned_entries

__all__ = ["ROUTES", "Panel", "panel_after"]

SWITCH: Final = "posting_panel"
FIRST: Final = 2
# The columns of a ledger for which there is room beside the lines; the preview shows all.
SHORT: Final[dict[str, tuple[str, ...]]] = {
    "general-ledger": ("gl_account_no", "gl_account_name", "debit_amount", "credit_amount"),
    "vat": ("vat_identifier", "vat_pct", "base", "amount"),
    "customer-ledger": ("document_no", "customer_no", "due_date", "sales_lcy"),
    "detailed-customer-ledger": ("document_no", "entry_type", "amount"),
    "item-ledger": ("item_no", "item_description", "quantity"),
    "value-entries": ("item_no", "sales_amount_expected", "sales_amount_actual", "cost_amount_actual"),
    "resource-ledger": ("resource_no", "entry_type", "quantity", "total_price"),
    "service-ledger": ("entry_type", "no", "quantity", "amount_lcy"),
    "warranty-ledger": ("no", "description", "quantity", "amount"),
}


@dataclass(frozen=True, slots=True)
class Panel:
    """A plan as the panel draws it."""

    key: DocumentKey
    option: str
    plan: PostingPlan
    findings: Sequence[Finding]
    why: str = ""
    """Why an option that nobody chose for this document stands there."""

    @property
    def path(self) -> str:
        return href_of(self.key)

    @property
    def no(self) -> str:
        return self.key.no

    @property
    def place(self) -> Place:
        return place_of(self.key.document_type)

    @property
    def options(self) -> Sequence[tuple[str, str]]:
        """What can be chosen; nothing where there is but one way to post."""
        options = options_of(self.key.document_type)
        return [(name, OPTION_NAMES[name]) for name in options] if len(options) > 1 else []

    @property
    def query(self) -> str:
        return urlencode([("option", self.option)])

    @property
    def errors(self) -> Sequence[Finding]:
        """What stops the posting; that there is nothing to post is told by `nothing`."""
        return [f for f in self.findings if f.is_error and f.code != "nothing_to_post"]

    @property
    def warnings(self) -> Sequence[Finding]:
        return [f for f in self.findings if not f.is_error]

    @property
    def told(self) -> Sequence[Finding]:
        """Problems first, then what is worth knowing."""
        return [*self.errors, *self.warnings]

    @property
    def first(self) -> Sequence[Told]:
        return told_once(self.told)[:FIRST]

    @property
    def others(self) -> Sequence[Told]:
        return told_once(self.told)[FIRST:]

    @property
    def nothing(self) -> str:
        """Why there is nothing to post; blank when there is something."""
        if not any(f.code == "nothing_to_post" for f in self.findings):
            return ""
        return nothing_of(self.option, self.plan) if self.place.is_order else "No line has a type and a quantity."

    @property
    def does(self) -> Sequence[str]:
        """The documents that would arise, with their numbers (O-10)."""
        return Choice(self.option, OPTION_NAMES[self.option], self.plan).does if self.plan.may_post else []

    @property
    def lines(self) -> Sequence[int]:
        """The lines of the document that a finding is about."""
        return sorted({f.line for f in self.told if f.line is not None})

    @property
    def currency(self) -> str:
        return self.plan.header.currency_code or self.plan.case.setup.ledger.lcy_code

    @property
    def totals(self) -> Sequence[tuple[str, Decimal]]:
        """The sums of the invoice, VAT by identifier when there are several."""
        totals = self.plan.totals
        groups = totals.vat_groups if len(totals.vat_groups) > 1 else ()
        vat = [(f"VAT {group.name}".replace("VAT VAT", "VAT"), group.vat) for group in groups] or [("VAT", totals.vat)]
        return [("Total excl. VAT", totals.amount), *vat, ("Total incl. VAT", totals.amount_including_vat)]

    @property
    def entries(self) -> Sequence[tuple[Ledger, int]]:
        return counted_entries(self.plan)


def _option(key: DocumentKey, *asked: str) -> str:
    """The option that was chosen in the panel, else the one that the user posted with last."""
    found = (option_asked(key.document_type, option) for option in asked)
    return next((option for option in found if option), "ship_and_invoice")


def _why(panel: Panel, last: str) -> str:
    """An order opens on the option that its reader posted with last, as the posting page does (D-39), when that has
    something to do."""
    if not panel.options or last not in OPTION_NAMES:
        return ""
    return "as you posted last" if panel.option == last else f"nothing to {OPTION_NAMES[last].lower()}"


async def panel_after(request: Visit, key: DocumentKey, typed: Sequence[tuple[str, str]]) -> Panel | None:
    """The panel that goes with the answer to a change, when the form says that it stands beside the lines."""
    sent = dict(typed)
    return await panel_of(request, key, _option(key, sent.get("option", ""))) if sent.get("panel") else None


async def panel_of(request: Visit, key: DocumentKey, option: str, proposed: bool = False) -> Panel | None:
    """The panel of a document; None when it is not open (any more). An option that nobody chose for this document is
    only `proposed`."""
    plan = await what_will_be_posted(request.user.acting, key, option, proposed)
    if plan is None:
        return None
    found = await naming([linked(one, key) for one in (*plan.findings, *plan.notices)])
    return Panel(key, plan.option_asked, plan, found)


@get(places("/{no:str}/panel"), guards=[requires_of_place("check")])
async def show_panel(request: Visit, no: FromPath[str]) -> Template:
    """The panel as it stands now. Whoever switched it off gets only the button that brings it back.

    Beside the lines a document that is not open any more is told of, and leads nobody away from what they are typing.
    """
    key = key_of(request.url.path, no)
    beside = request.headers.get("hx-request") == "true"
    chosen = await preferences(request.user.user_name, SWITCH, PREFERENCE)
    place = place_of(key.document_type)
    shown: dict[str, Any] = {"panel": None, "path": href_of(key), "place": place, "beside": beside}
    if beside and chosen[SWITCH] == "off":
        return fragment("posting/_panel.html", **shown)
    asked = request.query_params.get("option", "")
    proposed = not option_asked(key.document_type, asked)
    panel = await panel_of(request, key, _option(key, asked, chosen[PREFERENCE]), proposed)
    if panel is None:
        raise await not_open(key)
    shown["panel"] = changed(panel, why=_why(panel, chosen[PREFERENCE])) if proposed else panel
    if beside:
        return fragment("posting/_panel.html", **shown)
    return page(request, "posting/panel.html", **shown)


@post(places("/{no:str}/panel"), guards=[requires_of_place("check")], status_code=200)
async def switch_panel(request: Visit, no: FromPath[str]) -> Response[Any]:
    """Switches the panel off or on, for this user and all documents."""
    show = dict(await submitted(request)).get("show", "on")
    await set_preference(request.user.user_name, SWITCH, "off" if show == "off" else "on")
    return see_other(request, href_of(key_of(request.url.path, no)))


@get(places("/{no:str}/panel/{slug:str}"), guards=[requires_of_place("check")])
async def show_panel_entries(request: Visit, no: FromPath[str], slug: FromPath[str]) -> Template:
    """The entries of one ledger, in short."""
    if slug not in SHORT:
        raise NotFoundException("There is no such ledger.")
    key = key_of(request.url.path, no)
    panel = await panel_of(request, key, _option(key, request.query_params.get("option", "")))
    if panel is None:
        raise await not_open(key)
    entries = [one for one in planned_entries(panel.plan, request.user.user_name) if one.ledger.slug == slug]
    sections = [
        {**section, "columns": [one for one in section["columns"] if one.name in SHORT[slug]]}
        for section in drawn_entries(entries, panel.plan.case.setup.ledger.lcy_code)
    ]
    return fragment(
        "posting/_panel_entries.html",
        sections=sections,
        links=LINKS,
        ledger=LEDGERS[slug],
        panel=panel,
        path=panel.path,
    )


ROUTES: Final = (show_panel, switch_panel, show_panel_entries)
