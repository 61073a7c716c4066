"""The home page: the tasks of the day as cards, each with what is waiting in it; and the search for anything.

A card is one row of `CARDS`. Its counts come from a function of the store; a card without one shows only where to go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get
from litestar.params import FromQuery
from litestar.response import Template

from webapp.pages.answers import Visit, page, see_other
from webapp.pages.setup import MAIN, href_of_row, path_of
from webapp.security import requires
from webapp.store.batches import batch_counts
from webapp.store.contract_lists import contract_counts
from webapp.store.document_lists import (
    CREDIT_MEMOS,
    INVOICES,
    OPEN_CREDIT_MEMOS,
    OPEN_INVOICES,
    ORDERS,
    SHIPMENTS,
    DocumentList,
    count_in_words,
    documents_numbered,
    list_documents,
    open_counts,
    print_counts,
)
from webapp.store.masters import MASTERS, list_masters
from webapp.store.outbox import mail_counts
from webapp.store.receivables import receivable_counts
from webapp.store.releases import prepaid_counts
from webapp.store.search import named_by, search_documents
from webapp.store.waiting_shipments import waiting_counts
from webapp.store.work_lists import order_counts

Counts = Mapping[str, int]
Counter = Callable[[], Awaitable[Counts]]


@dataclass(frozen=True, slots=True)
class View:
    """One work list behind a card: the name of its count, its words after the number, and its address."""

    count: str
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    """One task. `permission` is that of its work: a card is shown to those who may do it or read of it."""

    title: str
    about: str
    href: str
    permission: str
    views: tuple[View, ...] = ()
    counter: Counter | None = None
    only_counted: bool = False
    """Shown only while there is something to count."""


@dataclass(frozen=True, slots=True)
class Count:
    number: int
    words: str
    href: str

    @property
    def shown(self) -> str:
        return count_in_words(self.number)


@dataclass(frozen=True, slots=True)
class Shown:
    """A card as the page draws it."""

    title: str
    about: str
    href: str
    counts: Sequence[Count]


CARDS: Final[list[Card]] = [
    Card(
        "Mail that did not arrive",
        "Documents that could not be sent by e-mail: send them again, their page takes another address, or give up.",
        "/outbox",
        "posted.send",
        (
            View("mail_failed", "failed", "/outbox?state=failed"),
            View("mail_unsure", "may have left", "/outbox?state=unsure"),
        ),
        mail_counts,
        only_counted=True,
    ),
    Card(
        "Invoice service contracts",
        "Create the invoices of all contracts that are due in one run, or of one contract from its page.",
        "/service-contracts?view=due",
        "contracts.read",
        (
            View("contracts_due", "due", "/service-contracts?view=due"),
            View("contracts_open", "open for changes", "/service-contracts?view=open"),
        ),
        contract_counts,
    ),
    Card(
        "Post a service order",
        "Ship, consume and invoice what was done, the whole order at once, and update the ledgers.",
        "/service-orders",
        "orders.read",
        (
            View("to_ship", "with something to ship", "/service-orders?view=to-ship"),
            View("to_consume", "with something to consume", "/service-orders?view=to-consume"),
        ),
        order_counts,
    ),
    Card(
        "Post invoices from service orders",
        "Decide for each line how much is charged now, and post just that.",
        "/service-orders?view=to-invoice",
        "orders.read",
        (
            View("to_invoice", "shipped, not invoiced", "/service-orders?view=to-invoice"),
            View("partly_invoiced", "partly invoiced", "/service-orders?view=partly-invoiced"),
        ),
        order_counts,
    ),
    Card(
        "Post individual service lines",
        "Choose one line or several of an order and post only those.",
        "/service-orders?view=partly-shipped",
        "orders.read",
        (View("partly_shipped", "partly shipped", "/service-orders?view=partly-shipped"),),
        order_counts,
    ),
    Card(
        "Create a service invoice",
        "Charge items, hours, costs and amounts to a customer without an order, and post them at once.",
        "/service-invoices/new",
        "invoices.edit",
        (View("open_invoices", "not yet posted", "/service-invoices"),),
        open_counts,
    ),
    Card(
        "Combine shipments",
        "One invoice for several service orders of a customer: choose among what is shipped and not invoiced.",
        "/shipments-to-invoice",
        "invoices.read",
        (
            View("to_combine", "with shipments to invoice", "/shipments-to-invoice"),
            View("combined_open", "open with shipments on it", "/service-invoices"),
        ),
        waiting_counts,
    ),
    Card(
        "Review and print posted documents",
        "Posted invoices, shipments and credit memos with their statistics, their paper and every ledger entry.",
        "/posted-service-invoices",
        "posted.read",
        (
            View("invoices_to_print", "invoices not printed", "/posted-service-invoices?view=unprinted"),
            View("credit_memos_to_print", "credit memos not printed", "/posted-service-credit-memos?view=unprinted"),
        ),
        print_counts,
    ),
    Card(
        "Post prepaid contract entries",
        "Release what contracts were paid in advance: month by month it becomes income.",
        "/prepaid-releases",
        "prepaid.release",
        (
            View("prepaid_waiting", "with something to release", "/prepaid-releases"),
            View("prepaid_differs", "prepaid accounts differ from what waits on them", "/prepaid-releases"),
        ),
        prepaid_counts,
    ),
    Card(
        "Credit a customer",
        "Give back what was charged wrongly: by hand, or from the posted invoice, which can be cancelled, too.",
        "/service-credit-memos",
        "credit_memos.read",
        (View("open_credit_memos", "not yet posted", "/service-credit-memos"),),
        open_counts,
    ),
    Card(
        "Manage receivables",
        "What customers owe, by age; enter what they paid and apply it to their invoices.",
        "/customer-ledger?view=open",
        "receivables.read",
        (
            View("open_entries", "open", "/customer-ledger?view=open"),
            View("overdue_entries", "overdue", "/customer-ledger?view=overdue"),
        ),
        receivable_counts,
    ),
    Card(
        "Check orders before posting",
        "See what stops an order, and go straight to the field that mends it.",
        "/orders-to-check",
        "orders.check",
        (View("to_post", "to check", "/orders-to-check"),),
        order_counts,
    ),
    Card(
        "Ready to invoice",
        "What is shipped or finished and waits for its invoice, with the days it has waited.",
        "/ready-to-invoice",
        "orders.read",
        (
            View("ready", "waiting for an invoice", "/ready-to-invoice"),
            View("finished", "finished, not invoiced", "/ready-to-invoice?view=finished"),
        ),
        order_counts,
    ),
    Card(
        "Batches",
        "Post many orders in one run; find each run again with what became of every order.",
        "/batches",
        "batches.read",
        (View("running", "running", "/batches"),),
        batch_counts,
    ),
]


@get("/", guards=[requires("home.read")])
async def home(request: Visit) -> Template:
    cards = [card for card in CARDS if request.user.may(card.permission)]
    counts = await _counted(cards)
    shown = [
        _shown(card, counts.get(card.title, {})) for card in cards if not card.only_counted or counts.get(card.title)
    ]
    return page(request, "home/index.html", cards=shown, greeting="What is waiting")


async def _counted(cards: Sequence[Card]) -> dict[str, Counts]:
    """The counts of every card; each counter is asked once, however many cards share it."""
    counters = list({card.counter for card in cards if card.counter})
    found = await asyncio.gather(*(counter() for counter in counters))
    by_counter = dict(zip(counters, found, strict=True))
    return {card.title: by_counter[card.counter] for card in cards if card.counter}


def _shown(card: Card, counts: Counts) -> Shown:
    views = [Count(counts[view.count], view.words, view.href) for view in card.views if view.count in counts]
    return Shown(card.title, card.about, card.href, views)


# --- search ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    no: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    hits: Sequence[Hit]
    more: str = ""
    rest: str = ""
    """Where the older documents are searched, too."""


Search = Callable[[str], Awaitable[Group]]
HITS: Final = 8


def _search_of(slug: str) -> Search:
    master = MASTERS[slug]

    async def search(words: str) -> Group:
        found = await list_masters(master, search=words, limit=HITS)
        hits = [Hit(_no(row), _text(row), href_of_row(master, row)) for row in found.rows]
        return Group(master.title, hits, f"{path_of(master)}?q={quote(words)}" if found.next else "")

    return search


def _no(row: Mapping[str, Any]) -> str:
    return str(row.get("no") or row.get("code") or "")


def _text(row: Mapping[str, Any]) -> str:
    return ", ".join(str(row[name]) for name in ("name", "description", "city", "serial_no") if row.get(name))


def _documents(which: DocumentList, title: str, path: str) -> Search:
    async def search(words: str) -> Group:
        found = await list_documents(which, words, limit=HITS)
        hits = [Hit(row["no"], _about(row), f"{path}/{quote(row['no'], safe='')}") for row in found.rows]
        return Group(title, hits, f"{path}?q={quote(words)}" if found.next else "")

    return search


def _about(row: Mapping[str, Any]) -> str:
    parts = (row["customer_name"], row.get("description") or row.get("order_no"))
    return ", ".join(str(part) for part in (*parts, row["external_document_no"]) if part)


async def _posted(words: str) -> list[Group]:
    """Posted documents: the customers and machines that the words name are looked up once for all three."""
    named = await named_by(words)
    groups = []
    for which, title, path in POSTED.values():
        found = await search_documents(which, words, named, HITS)
        hits = [Hit(row["no"], _about(row), f"{path}/{quote(row['no'], safe='')}") for row in found.rows]
        everything = f"{path}?q={quote(words)}"
        groups.append(Group(title, hits, everything if found.more else "", everything if found.rest else ""))
    return groups


OPEN: Final = {
    "order": (ORDERS, "Service orders", "/service-orders"),
    "open invoice": (OPEN_INVOICES, "Service invoices", "/service-invoices"),
    "open credit memo": (OPEN_CREDIT_MEMOS, "Service credit memos", "/service-credit-memos"),
}
POSTED: Final = {
    "shipment": (SHIPMENTS, "Posted service shipments", "/posted-service-shipments"),
    "invoice": (INVOICES, "Posted service invoices", "/posted-service-invoices"),
    "credit memo": (CREDIT_MEMOS, "Posted service credit memos", "/posted-service-credit-memos"),
}
DOCUMENTS: Final = {**OPEN, **POSTED}
MASTER_SEARCHES: Final[list[Search]] = [_search_of(slug) for slug in MAIN]
OPEN_SEARCHES: Final[list[Search]] = [_documents(*document) for document in OPEN.values()]


@get("/search", guards=[requires("home.read")])
async def search(request: Visit, q: FromQuery[str] = "") -> Response[Any]:
    words = "".join(c for c in q if c.isprintable()).strip()[:100]
    exact = await documents_numbered({kind: which for kind, (which, _, _) in DOCUMENTS.items()}, words)
    if len(exact) == 1:
        kind, no = exact[0]
        return see_other(request, f"{DOCUMENTS[kind][2]}/{quote(no, safe='')}")
    if not words:
        return page(request, "home/search.html", searched="", groups=(), elsewhere=())
    posted = await _posted(words)
    found = [*[await one(words) for one in OPEN_SEARCHES], *posted, *[await one(words) for one in MASTER_SEARCHES]]
    return page(
        request,
        "home/search.html",
        searched=words,
        groups=[group for group in found if group.hits],
        elsewhere=[group for group in posted if group.rest and not group.more],
    )


ROUTES: Final = (home, search)
