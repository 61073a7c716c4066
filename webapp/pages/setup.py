"""Set-up and master data: one list page and one form for every table, made from what the store says of its columns.

Customers, items, resources and service items stand at the top of the address, everything else under `/set-up/`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from litestar import Response, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from webapp import labels
from webapp.forms import NUMBERS, Bounds, Field, Form, Typist, read_form, show_form
from webapp.pages.answers import Link, Note, Visit, fragment, page, see_other, submitted, typist
from webapp.pages.customer_documents import documents_of_customer
from webapp.pages.lists import Asked, Column, Filter, Listing, list_file, only_known, read_asked
from webapp.pages.service_item_history import history_of_machine
from webapp.posting.findings import Finding
from webapp.posting.records import changed
from webapp.security import requires
from webapp.store import masters as store
from webapp.store.masters import MASTERS, Key, Master
from webapp.store.masters_values import read_value, written
from webapp.store.posted import lcy_code
from webapp.store.preferences import saved_views
from webapp.store.receivables import standing_of

__all__ = ["MAIN", "ROUTES", "href_of_row", "path_of"]

Row = Mapping[str, Any]
MAIN: Final = ("customers", "service-items", "items", "resources")
MOST_EXPORTED: Final = 100_000
MOST_COLUMNS: Final = 7

# --- addresses ---------------------------------------------------------------------------------------------------

_MARKS: Final = (("~", "~0"), ("/", "~1"), (",", "~2"), (".", "~3"))


def path_of(master: Master) -> str:
    """The address of a table's list."""
    return f"/{master.slug}" if master.slug in MAIN else f"/set-up/{master.slug}"


def key_in_url(key: Key) -> str:
    """A key as one part of an address: the parts with commas between, whatever signs they hold."""
    return ",".join(quote(_marked(str(written(part) if part is not None else "")), safe="~") or "~" for part in key)


def _marked(part: str) -> str:
    for sign, mark in _MARKS:
        part = part.replace(sign, mark)
    return part


def key_from_url(master: Master, typed: str) -> Key:
    """The key that an address names; an address that names none is a page that does not exist."""
    parts = [_unmarked(unquote(part)) for part in typed.split(",")]
    if len(parts) != len(master.key):
        raise NotFoundException(f"{master.title} has no such entry.")
    key = tuple(
        read_value(master.fields[name], part, master.name) for name, part in zip(master.key, parts, strict=True)
    )
    if any(isinstance(part, Finding) for part in key):
        raise NotFoundException(f"{master.title} has no such entry.")
    return key


def _unmarked(part: str) -> str:
    if part == "~":
        return ""
    for sign, mark in reversed(_MARKS):
        part = part.replace(mark, sign)
    return part


def href_of_row(master: Master, row: Row) -> str:
    """The address of one row."""
    return f"{path_of(master)}/{key_in_url(master.key_of(row))}"


def _master(request: Visit) -> Master:
    """The table that the address of the request names."""
    parts = request.url.path.split("/")
    slug = (parts[2] if parts[1] == "set-up" else parts[1]).removesuffix(".csv").removesuffix(".xlsx")
    if slug not in MASTERS:
        raise NotFoundException
    return MASTERS[slug]


def _paths(rest: str) -> list[str]:
    return [f"/{slug}{rest}" for slug in MAIN] + [f"/set-up/{{slug:str}}{rest}"]


# --- fields ------------------------------------------------------------------------------------------------------


def fields_of(master: Master, request: Visit, changing: bool) -> tuple[Field, ...]:
    """The fields of the form, in the table's order; what the role may not change, and the key later on, is locked."""
    acting = request.user.acting
    return tuple(
        Field(
            one.name,
            one.kind,
            one.label,
            length=one.length,
            required=one.required,
            options=one.options,
            bounds=_bounds(one),
            lookup=one.lookup,
            hint=HINTS.get(one.name, ""),
            readonly=(changing and one.key) or not acting.may(one.permission or master.permission),
        )
        for one in master.fields.values()
        if one.name != "logo"  # a file, chosen on a page of its own
    )


def _bounds(one: store.Field) -> Bounds | None:
    if one.kind not in NUMBERS:
        return None
    usual = NUMBERS[one.kind]
    return changed(usual, places=max(one.places, usual.places) if one.kind != "whole" else 0)


HINTS: Final = {
    "due_formula": "Such as 14D, 1M or CM+8D.",
    "discount_formula": "Such as 8D.",
    "blocked": "",
    "units_per_parcel": "How many base units go into one parcel.",
    "net_weight": "In kg, of one base unit.",
    "gross_weight": "In kg, of one base unit with its packing; blank when nobody weighed it.",
    "unit_volume": "In m³, of one base unit.",
    "certificate_of_supply": "Shipments to other EU countries wait for the customer's confirmation.",
    "cash_accounting": "The VAT falls due when the customer pays; invoices say so.",
    "representative_name": "Who owes the VAT for a company from abroad; stands on invoices with number and address.",
    "direct_debit": "Invoices say that the amount is collected, and ask for no transfer.",
    "mandate_reference": "Of the customer's direct debit mandate; e-invoices that are collected must name it.",
    "document_sending": "Invoices and credit memos leave right after they are posted; the customer has agreed to it.",
    "e_invoice_format": "Inside the PDF it needs no electronic address.",
    "print_shipments": "An invoice prints with the shipments that it bills.",
    "mail_attachments": "What is attached to the posted document goes along.",
    "mail_text": "Blank: the usual words. {document}, {day} and {amount} are filled in.",
    "send_documents_to": "Blank: the customer's e-mail.",
}
ADDRESS: Final = frozenset(
    ["address", "address_2", "post_code", "city", "country_code", "contact_name", "phone_no", "e_mail", "home_page",
     "e_invoice", "e_invoice_format", "e_invoice_address", "document_sending", "send_documents_to"]
)  # fmt: skip
GROUP_TITLES: Final = (
    "General",
    "Address and contact",
    "Posting",
    "VAT on invoices",
    "Payment and prices",
    "Warranty",
    "Weight and size",
)


def _group(one: Field) -> str:
    if one.name in ADDRESS:
        return "Address and contact"
    if one.name in ("units_per_parcel", "net_weight", "gross_weight", "unit_volume"):
        return "Weight and size"
    if one.name.startswith("warranty_"):
        return "Warranty"
    if one.name == "cash_accounting" or one.name.startswith("representative_"):
        return "VAT on invoices"
    if one.name.endswith(("_group", "_nos")) or one.lookup == "gl-accounts" or one.name.startswith("vat_"):
        return "Posting"
    if one.name.startswith(
        ("payment_", "currency_", "invoice_disc", "prices_", "credit", "allow_", "iban", "bic", "bank_", "mandate_")
    ):
        return "Payment and prices"
    return "General"


def grouped(fields: Sequence[Field]) -> list[tuple[str, list[Field]]]:
    """The fields in the sections of the form; a short form is one section."""
    if len(fields) <= 10:
        return [("General", list(fields))]
    groups = [(title, [one for one in fields if _group(one) == title]) for title in GROUP_TITLES]
    return [(title, members) for title, members in groups if members]


# --- the list of tables ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    masters: Sequence[Master]


@get("/set-up", guards=[requires("masters.read")])
async def show_setup(request: Visit) -> Template:
    return page(request, "setup/index.html", chapters=_chapters(), path_of=path_of)


def _chapters() -> list[Chapter]:
    """Every table once: the ones that hold settings first, then what is looked after every day, then the rest."""
    single = [master for master in MASTERS.values() if master.single]
    daily = [MASTERS[slug] for slug in MAIN]
    posting = [m for m in MASTERS.values() if _is_posting(m) and m not in single]
    rest = [m for m in MASTERS.values() if m not in single and m not in daily and m not in posting]
    chapters = (("Settings", single), ("Master data", daily), ("Posting", posting), ("Codes and lists", rest))
    return [Chapter(title, sorted(found, key=lambda one: one.title)) for title, found in chapters]


def _is_posting(master: Master) -> bool:
    return "posting" in master.slug or master.slug.startswith(("gl-", "vat-", "gen-", "number-series", "currenc"))


# --- lists -------------------------------------------------------------------------------------------------------


def _columns(master: Master) -> list[Column]:
    """The columns of the list: the key, what names the row, and what is most asked for."""
    names = list(master.key)
    names += [name for name in LISTED.get(master.name, ()) if name in master.fields and name not in names]
    names += [name for name in master.words if name not in names]
    if master.name not in LISTED:
        names += [name for name, one in master.fields.items() if name not in names and one.kind != "long_text"]
        names = names[:MOST_COLUMNS]
    return [_column(master.fields[name]) for name in names]


LISTED: Final[dict[str, tuple[str, ...]]] = {
    "customer": ("name", "city", "country_code", "currency_code", "payment_terms_code", "credit_limit", "blocked"),
    "item": ("description", "type", "base_uom", "unit_price", "unit_cost", "blocked", "service_blocked"),
    "resource": ("name", "type", "base_uom", "unit_price", "unit_cost", "blocked"),
    "service_item": ("description", "item_no", "serial_no", "customer_no", "status", "blocked"),
    "gl_account": ("name", "account_type", "income_balance", "direct_posting", "blocked"),
    "app_user": ("full_name", "role", "active", "locale"),
}


def _column(one: store.Field) -> Column:
    kind = "chip" if one.name == "blocked" and one.kind == "choice" else one.kind
    return Column(one.name, kind, one.label, sortable=one.kind != "long_text")


def _filters(master: Master) -> list[Filter]:
    """Choices, and the parts of a longer key: "all addresses of this customer"."""
    listed = {column.name for column in _columns(master)}
    found = [
        Filter(
            one.name, one.label, tuple((option, labels.choice(option) or "(blank)") for option in one.options if option)
        )
        for one in master.fields.values()
        if one.kind == "choice" and one.name in listed
    ]
    parts = [Filter(name, master.fields[name].label) for name in master.key[:-1] if master.fields[name].kind == "code"]
    return (parts + found)[:4]


async def _rows(master: Master, asked: Asked, limit: int) -> store.Page:
    filters = {name: _filter_value(master, name, value) for name, value in asked.filters.items()}
    try:
        return await store.list_masters(master, asked.search, filters, asked.sort, asked.after or None, limit)
    except ValueError:
        return store.Page([], None)


def _filter_value(master: Master, name: str, value: str) -> str:
    return value.upper() if master.fields[name].kind == "code" else value


@get(_paths(""), guards=[requires("masters.read")])
async def show_list(request: Visit, slug: FromPath[str] = "") -> Response[Any]:
    master = _master(request)
    columns, filters = _columns(master), _filters(master)
    asked = read_asked(request.query_params.multi_items(), columns, filters)
    if slug.endswith((".csv", ".xlsx")):
        return await _export(request, master, asked)
    if master.single:
        return await _show_single(request, master)
    found = await _rows(master, asked, 50)
    listing = _listing(request, master, asked, found, columns, filters)
    listing.saved = await saved_views(request.user.user_name, listing.path)
    if request.headers.get("hx-request") == "true":
        answer = fragment("setup/list.html", "results", listing=listing)
        answer.headers["HX-Replace-Url"] = listing.url()
        return answer
    return page(request, "setup/list.html", listing=listing, master=master, related=[])


def _listing(
    request: Visit,
    master: Master,
    asked: Asked,
    found: store.Page,
    columns: Sequence[Column],
    filters: Sequence[Filter],
) -> Listing:
    may_add = request.user.may("masters.edit") and request.user.acting.may(master.permission)
    return Listing(
        master.title,
        path_of(master),
        columns,
        asked,
        found.rows,
        found.next or "",
        filters,
        href_of=lambda row: href_of_row(master, row),
        empty=EMPTY.get(master.name, f"{master.title} stand here once they are added."),
        new_href=f"{path_of(master)}/new" if may_add else "",
        new_text="Add the first one",
        locale=request.user.locale,
    )


EMPTY: Final = {
    "customer": "Customers stand here: who gets the work, and who gets the invoice. Add one, or import a company pack.",
    "item": "Items stand here: parts and goods that service lines use.",
    "resource": "Resources stand here: the people and machines whose hours are charged.",
    "service_item": "Service items stand here: the machines and devices that are serviced.",
}


@get([f"/{slug}{end}" for slug in MAIN for end in (".csv", ".xlsx")], guards=[requires("masters.read")])
async def export_list(request: Visit) -> Response[bytes]:
    master = _master(request)
    asked = read_asked(request.query_params.multi_items(), _columns(master), _filters(master))
    return await _export(request, master, asked)


async def _export(request: Visit, master: Master, asked: Asked) -> Response[bytes]:
    columns = [_column(one) for one in master.fields.values()]
    rows = [row async for row in _all_rows(master, only_known(asked))]
    return list_file(request.url.path, master.slug, master.title, columns, rows)


async def _all_rows(master: Master, asked: Asked) -> AsyncIterator[Row]:
    """What the filter shows, page by page."""
    count, after = 0, ""
    while count < MOST_EXPORTED:
        found = await _rows(master, changed(asked, after=after), 1000)
        for row in found.rows:
            yield row
        count += len(found.rows)
        if not found.next:
            return
        after = found.next


# --- one row -----------------------------------------------------------------------------------------------------


@get(_paths("/new"), guards=[requires("masters.edit")])
async def show_new(request: Visit, slug: FromPath[str] = "") -> Template:
    master = _master(request)
    if not request.user.acting.may(master.permission):
        raise PermissionDeniedException(f"Your role “{request.user.role}” does not include this.")
    fields = fields_of(master, request, changing=False)
    given = {name: value.upper() for name, value in request.query_params.items() if name in master.key}
    return _form_page(request, master, show_form(fields, {**master.blank(), **given}, request.user.locale))


@post(_paths("/new"), guards=[requires("masters.edit")], status_code=200)
async def add_row(request: Visit, slug: FromPath[str] = "") -> Response[Any]:
    master = _master(request)
    return await _save(request, master, None)


@get(_paths("/{key:str}"), guards=[requires("masters.read")])
async def show_row(request: Visit, key: FromPath[str], slug: FromPath[str] = "") -> Template:
    master = _master(request)
    row = await _found(master, key_from_url(master, key))
    fields = fields_of(master, request, changing=True)
    form = show_form(fields, row, request.user.locale)
    if master.name == "service_item":
        history = await history_of_machine(str(row["no"]))
        return _form_page(request, master, form, row, history=history, lcy=await lcy_code())
    if master.name != "customer":
        return _form_page(request, master, form, row)
    standing = await standing_of(str(row["no"]), request.user.work_date)
    documents = await documents_of_customer(str(row["no"]))
    return _form_page(request, master, form, row, standing=standing, documents=documents)


@post(_paths("/{key:str}"), guards=[requires("masters.edit")], status_code=200)
async def change_row(request: Visit, key: FromPath[str], slug: FromPath[str] = "") -> Response[Any]:
    master = _master(request)
    return await _save(request, master, key_from_url(master, key))


@post("/set-up/{slug:str}", guards=[requires("masters.edit")], status_code=200)
async def change_single(request: Visit, slug: FromPath[str]) -> Response[Any]:
    master = _master(request)
    if not master.single:
        raise NotFoundException
    return await _save(request, master, ())


@post(_paths("/{key:str}/deletion"), guards=[requires("masters.edit")], status_code=200)
async def delete_row(request: Visit, key: FromPath[str], slug: FromPath[str] = "") -> Response[Any]:
    master = _master(request)
    found_key = key_from_url(master, key)
    row = await _found(master, found_key)
    version = _version(dict(await submitted(request)))
    found = await store.delete_master(request.user.acting, master, found_key, version)
    if not found:
        return see_other(request, path_of(master), Note(f"{_named(master, row)} is deleted."))
    fields = fields_of(master, request, changing=True)
    form = show_form(fields, row, request.user.locale)
    form.add(*found)
    return _form_page(request, master, form, row, status=409)


async def _show_single(request: Visit, master: Master) -> Template:
    row = await store.get_master(master, ()) or master.blank()
    fields = fields_of(master, request, changing=True)
    return _form_page(request, master, show_form(fields, row, request.user.locale), row)


async def _found(master: Master, key: Key) -> Row:
    row = await store.get_master(master, key)
    if row is None:
        raise NotFoundException(f"{master.title} has no {master.record(key)}.")
    return row


def _version(typed: Mapping[str, str]) -> int | None:
    version = typed.get("row_version", "")
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else None


async def _save(request: Visit, master: Master, key: Key | None) -> Response[Any]:
    """Saves what was typed. Whatever is wrong, the page comes back with everything that was typed."""
    typed = await submitted(request)
    form = read_form(fields_of(master, request, changing=key is not None), typed, typist(request))
    version = _version(dict(typed)) if key is not None else None
    stored = await store.get_master(master, key) if key is not None else None
    if form.ok:
        saved, found = await store.save_master(request.user.acting, master, key, form.values, version)
        form.add(*found)
        if form.ok:
            return _saved(request, master, saved, is_new=key is None, warnings=found)
    form.show_rest(stored or master.blank(), request.user.locale)
    others = _changed_meanwhile(form, stored, version, typist(request))
    return _form_page(request, master, form, stored, status=409 if others else 422, others=others)


def _saved(request: Visit, master: Master, row: Row, is_new: bool, warnings: Sequence[Finding]) -> Response[Any]:
    said = "is added" if is_new else "is saved"
    text = " ".join([f"{_named(master, row)} {said}.", *(one.message for one in warnings)])
    links = (Link("Add another", f"{path_of(master)}/new"),) if is_new else ()
    path = path_of(master) if master.single else href_of_row(master, row)
    return see_other(request, path, Note(text, links))


def _named(master: Master, row: Row) -> str:
    return master.title if master.single else f"{labels.label(master.name)} {master.record(master.key_of(row))}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that someone else changed meanwhile: what is stored now and what was typed here."""

    name: str
    label: str
    stored: str
    typed: str


def _changed_meanwhile(form: Form, stored: Row | None, version: int | None, reader: Typist) -> list[Difference]:
    """Where what was typed differs from what someone else has saved since the page was loaded."""
    if stored is None or version is None or version == stored["row_version"]:
        return []
    typed = [one for name, one in form.fields.items() if name in form.raw and not one.readonly]
    return [
        Difference(
            one.name,
            one.title,
            _readable(one, one.typed(stored.get(one.name), reader.locale)),
            _readable(one, form.typed(one.name)),
        )
        for one in typed
        if one.parse(form.typed(one.name), reader) != stored.get(one.name)
    ]


def _readable(one: Field, typed: str) -> str:
    if one.kind == "flag":
        return "Yes" if typed else "No"
    return labels.choice(typed) if one.kind == "choice" else typed


def _form_page(
    request: Visit,
    master: Master,
    form: Form,
    row: Row | None = None,
    status: int = 200,
    others: Sequence[Difference] = (),
    **of_record: Any,
) -> Template:
    is_new = row is None
    may_table = request.user.may("masters.edit") and request.user.acting.may(master.permission)
    locked = all(one.readonly for one in form.fields.values() if not (one.name in master.key and not is_new))
    title = f"New {labels.in_sentence(labels.label(master.name))}" if is_new else _title(master, row or {})
    address = (
        path_of(master) if master.single else f"{path_of(master)}/new" if is_new else href_of_row(master, row or {})
    )
    return page(
        request,
        "setup/form.html",
        status,
        master=master,
        form=form,
        groups=grouped(list(form.fields.values())),
        title=title,
        subtitle="" if is_new else _subtitle(row or {}),
        address=address,
        list_path="/set-up" if master.single else path_of(master),
        list_title="Set-up" if master.single else master.title,
        row_version=row["row_version"] if row and "row_version" in row else None,
        is_new=is_new,
        may_save=may_table if is_new else request.user.may("masters.edit") and not locked,
        may_delete=may_table and not is_new and not master.single,
        related=[] if is_new else _related(master, row or {}),
        others=others,
        record_no=str((row or {}).get("no", "")),
        **{"standing": None, "documents": (), "history": None, **of_record},
    )


def _title(master: Master, row: Row) -> str:
    return master.title if master.single else master.record(master.key_of(row))


def _subtitle(row: Row) -> str:
    return str(row.get("name") or row.get("full_name") or row.get("description") or "")


OF_MACHINE: Final = {"service-ledger": "Service ledger", "warranty-ledger": "Warranty ledger"}


def _related(master: Master, row: Row) -> list[Link]:
    """The tables whose rows belong to this one: addresses of a customer, rates of a currency."""
    if master.name == "company":
        return [Link("Logo", "/set-up/company/logo")]
    if len(master.key) != 1:
        return []
    owners = (other for other in MASTERS.values() if len(other.key) > 1 and other is not master)
    named = [other for other in owners if other.fields[other.key[0]].reference == master.name]
    value = quote(str(row[master.key[0]]))
    links = [Link(other.title, f"{path_of(other)}?{other.key[0]}={value}") for other in named]
    if master.name in ("customer", "item"):
        links.append(Link("Attached files", f"{href_of_row(master, row)}/attachments"))
    if master.name == "customer":
        links.append(Link("Shipments to invoice", f"/shipments-to-invoice?q={value}"))
        links.append(Link("Customer ledger", f"/customer-ledger?customer_no={value}"))
        links.append(Link("Statement", f"{href_of_row(master, row)}/statement"))
    if master.name == "service_item":
        links.append(Link("History", "#history"))
        links += [Link(name, f"/ledgers/{slug}?service_item_no={value}") for slug, name in OF_MACHINE.items()]
    return links


# --- look-up while typing ----------------------------------------------------------------------------------------


@get("/look-up/{slug:str}", guards=[requires("masters.read")])
async def look_up(request: Visit, slug: FromPath[str], q: FromQuery[str] = "", id: FromQuery[str] = "f") -> Template:
    if slug not in MASTERS:
        raise NotFoundException
    master = MASTERS[slug]
    words = "".join(c for c in q if c.isprintable()).strip()[:100]
    found = await store.list_masters(master, search=words, limit=12)
    pairs = [(str(row[master.key[-1]]), _described(row)) for row in found.rows]
    safe_id = "".join(c for c in id if c.isalnum() or c in "-_")[:80]
    return fragment("setup/_options.html", id=safe_id, found=pairs, more=bool(found.next))


def _described(row: Row) -> str:
    names = ("name", "full_name", "description", "city", "serial_no")
    return ", ".join(str(row[name]) for name in names if row.get(name))


ROUTES: Final = (
    show_setup,
    show_list,
    export_list,
    show_new,
    add_row,
    show_row,
    change_row,
    change_single,
    delete_row,
    look_up,
)
