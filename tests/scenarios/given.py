"""`given` becomes a company: the words of the pack turned into company packs and calls of the draft service.

What people may no longer do with a record (blocks, closed accounts) is set after the documents are entered, as it
would happen: an order of a customer who is blocked today was entered before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from db.engine import transaction
from tests.scenarios.base import Data
from tests.scenarios.contracts import enter_contract
from webapp.posting.findings import Finding
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.acting import Acting
from webapp.store.masters_registry import BY_PACK_NAME, Master
from webapp.store.packs import OPENING_STOCK, import_pack

Row = dict[str, Any]
Pack = dict[str, list[Row]]
USER = "TESTER"
STOCK_DATE = date(2025, 12, 31)

SERIES = {
    "service_order": "service_order_nos",
    "service_invoice": "service_invoice_nos",
    "service_credit_memo": "service_cr_memo_nos",
    "posted_shipment": "posted_shipment_nos",
    "posted_invoice": "posted_invoice_nos",
    "posted_credit_memo": "posted_cr_memo_nos",
    "contract_invoice": "contract_invoice_nos",
    "contract_credit_memo": "contract_cr_memo_nos",
    "prepaid_release": "prepaid_posting_nos",
}
DISCOUNT_POSTING = {
    "no_discounts": "none",
    "invoice_discounts": "invoice",
    "line_discounts": "line",
    "all_discounts": "all",
}
SERVICE_FLAGS = {
    "shipment_on_invoice": ("shipment_on_invoice",),
    "external_document_no_mandatory": ("ext_doc_no_mandatory",),
    "order_type_mandatory": ("service_order_type_mandatory",),
    "start_and_finish_mandatory": ("service_order_start_mandatory", "service_order_finish_mandatory"),
    "fault_reason_mandatory": ("fault_reason_mandatory",),
    "salesperson_mandatory": ("salesperson_mandatory",),
    "work_type_mandatory": ("work_type_mandatory",),
    "unit_of_measure_mandatory": ("unit_of_measure_mandatory",),
    "copy_line_description_to_ledger": ("copy_line_description_to_gl",),
    "close_invoiced_orders": ("close_invoiced_orders",),
}
RULES = {"code mandatory": "code_mandatory", "no code": "no_code", "same code": "same_code"}
OWNERS = {"account": "gl_account"}
LINE_TYPES = {"text": "blank"}
KINDS = {"service_orders": "order", "service_invoices": "invoice", "service_credit_memos": "credit_memo"}
# Set after the documents are entered.
RESTRICTIONS: dict[str, Row] = {
    "customers": {"blocked": "none"},
    "items": {"blocked": False},
    "resources": {"blocked": False},
    "service_items": {"blocked": "none"},
    "gl_accounts": {"blocked": False, "direct_posting": True},
    "dimension_values": {"blocked": False},
}

entered_before: Pack = {}
"""What the database holds from its beginning; the fixture that made it says so."""


class Refused(AssertionError):
    """The state that the scenario starts from cannot be entered."""


async def build(data: Data, given: Mapping[str, Any], acting: Acting) -> None:
    """Enters everything that exists before the first step."""
    pack = company(data, given)
    open_pack = unrestricted(pack)
    await enter_pack(acting, changed(open_pack, entered_before))
    for name, kind in KINDS.items():
        for document in given.get(name) or []:
            local = document.get("currency") == data["company"]["local_currency"]
            await enter(acting, kind, {**document, "currency": None} if local else document)
    for contract in given.get("service_contracts") or []:
        local = contract.get("currency") == data["company"]["local_currency"]
        await enter_contract(acting, {**contract, "currency": None} if local else contract)
    await enter_pack(acting, changed(pack, open_pack))


def unrestricted(pack: Pack) -> Pack:
    """The company before anything in it was blocked."""
    return {table: [{**row, **RESTRICTIONS.get(table, {})} for row in rows] for table, rows in pack.items()}


def changed(pack: Pack, before: Pack) -> Pack:
    """What of a pack is not in the one that was entered before. What a row left out since then has its default."""
    left = {table: _changed(table, rows, before.get(table, [])) for table, rows in pack.items()}
    return {table: rows for table, rows in left.items() if rows}


def _changed(table: str, rows: list[Row], before: list[Row]) -> list[Row]:
    if table == OPENING_STOCK:
        return [row for row in rows if row not in before]
    master = BY_PACK_NAME[table]
    old = {_key(master, row): row for row in before}
    made = []
    for row in rows:
        same = old.get(_key(master, row), {})
        if row != same:
            made.append({**{name: master.fields[name].default for name in same}, **row})
    return made


def _key(master: Master, row: Row) -> tuple[str, ...]:
    return tuple(str(row.get(name, "")) for name in master.key)


async def enter_pack(acting: Acting, pack: Pack) -> None:
    result = await import_pack(acting, pack)
    if result.findings:
        raise Refused("\n".join(f"{found.record}: {found.message}" for found in result.findings))


# --- master data --------------------------------------------------------------------------------------------------


def company(data: Data, given: Mapping[str, Any]) -> Pack:
    """The company pack of the merged base."""
    pack: Pack = {}
    for name, convert in LISTS.items():
        for row in data.get(name) or []:
            for table, converted in convert(row):
                kept = {key: value for key, value in converted.items() if value is not None}
                if table != "languages" or kept not in pack.get(table, []):  # named by clauses and customers alike
                    pack.setdefault(table, []).append(kept)
    _settings(pack, data)
    for row in given.get("default_dimensions") or []:
        pack.setdefault("default_dimensions", []).append(_default_dimension(row))
    for row in given.get("dimension_combinations") or []:
        pack.setdefault("dimension_combinations", []).append(_combination(row))
    pack["units_of_measure"] = [{"code": code} for code in sorted({"PCS"} | _units(data))]
    return pack


def _units(data: Data) -> set[str]:
    return {str(resource["unit"]).upper() for resource in data["resources"] if resource.get("unit")}


def _settings(pack: Pack, data: Data) -> None:
    own, settings = data["company"], data["settings"]
    if own.get("rounding_rule") != "half away from zero":
        raise Refused("the rounding rule is fixed: half away from zero")
    rounding = settings["invoice_rounding"]
    codes = [dimension["code"] for dimension in data["dimensions"]]
    pack["company"] = [{"name": own["name"], **ADDRESS, "vat_registration_no": "ATU12345678"}]
    pack["ledger_setup"] = [
        {
            "lcy_code": own["local_currency"],
            "amount_rounding_precision": own["amount_rounding"],
            "unit_amount_rounding_precision": own["unit_amount_rounding"],
            "inv_rounding_precision_lcy": rounding["precision"],
            "inv_rounding_type": rounding["direction"],
            "allow_posting_from": own["posting_from"],
            "allow_posting_to": own["posting_to"],
            "global_dimension_1_code": codes[0],
            "global_dimension_2_code": codes[1],
        }
    ]
    pack["receivables_setup"] = [
        {
            "discount_posting": DISCOUNT_POSTING[settings["discount_posting"]],
            "calc_inv_discount": settings["calc_invoice_discount"],
            "invoice_rounding": rounding["active"],
        }
    ]
    pack["inventory_setup"] = [
        {
            "automatic_cost_posting": settings["automatic_cost_posting"],
            "expected_cost_posting_to_gl": settings["expected_cost_posting"],
        }
    ]
    service = {
        column: settings[word] for word, columns in SERVICE_FLAGS.items() if word in settings for column in columns
    }
    pack["service_setup"] = [{**service, **{SERIES[row["use"]]: row["use"] for row in data["number_series"]}}]
    pack["users"] = [{"user_name": USER, "role": "admin"}]
    pack["user_setup"] = [
        {
            "user_name": USER,
            "allow_posting_from": own["user_posting_from"],
            "allow_posting_to": own["user_posting_to"],
        }
    ]


Converted = list[tuple[str, Row]]
ADDRESS = {"address": "1 Harbour Street", "city": "Bergen"}  # the pack gives none, and an invoice must show one


def _codes(table: str) -> Callable[[str], Converted]:
    return lambda code: [(table, {"code": code})]


def _account(row: Row) -> Converted:
    kept = {
        "no": row["number"],
        "name": row.get("name"),
        "vat_prod_group": row.get("vat_product_group"),
        "gen_prod_group": row.get("product_group"),
        "direct_posting": bool(row.get("direct_posting")),
        "blocked": row.get("blocked"),
    }
    return [("gl_accounts", kept)]


def _vat(row: Row) -> Converted:
    untaxed = row["kind"] == "reverse_charge" or not row["rate"]
    clause = f"{row['business']}-{row['product']}" if row.get("clause") or untaxed else None
    texts = row.get("clause") or {}
    made: Converted = [("languages", {"code": language}) for language in texts]
    made += [("vat_clauses", {"code": clause})] if clause else []
    made += [
        ("vat_clause_texts", {"vat_clause_code": clause, "language_code": language, "description": text})
        for language, text in texts.items()
    ]
    kept = {
        "vat_bus_group": row["business"],
        "vat_prod_group": row["product"],
        "vat_identifier": row["product"],
        "vat_pct": row["rate"],
        "calculation_type": row["kind"],
        "sales_vat_account": row.get("sales_account"),
        "vat_clause_code": clause,
    }
    return [*made, ("vat_posting_setup", kept)]


def _general(row: Row) -> Converted:
    kept = {
        "gen_bus_group": row["business"],
        "gen_prod_group": row["product"],
        "sales": row.get("sales"),
        "sales_credit_memo": row.get("credit_memo"),
        "sales_line_disc": row.get("line_discount"),
        "sales_inv_disc": row.get("invoice_discount"),
        "cogs": row.get("cogs"),
        "cogs_interim": row.get("cogs_interim"),
        "inventory_adjmt": row.get("inventory_adjustment"),
    }
    return [("general_posting_setup", kept)]


def _inventory(row: Row) -> Converted:
    kept = {
        "inventory_posting_group": row["group"],
        "inventory_account": row.get("inventory"),
        "inventory_account_interim": row.get("interim"),
    }
    return [("inventory_posting_groups", {"code": row["group"]}), ("inventory_posting_setup", kept)]


def _customer_group(row: Row) -> Converted:
    names = {"code": "code", "payment_discount": "payment_disc_debit"}
    return [("customer_posting_groups", {names.get(word, word): value for word, value in row.items()})]


def _terms(row: Row) -> Converted:
    days = row.get("discount_days")
    kept = {
        "code": row["code"],
        "due_formula": due_formula(row["due"]),
        "discount_formula": f"{days}D" if days else None,
        "discount_pct": row.get("discount_pct"),
    }
    return [("payment_terms", kept)]


def due_formula(words: str) -> str:
    """ "14 days" is 14D, "end of current month + 15 days" is CM+15D."""
    match = re.fullmatch(r"(end of current month)?(?: \+ )?(?:(\d+) days?)?", words)
    if not match or not any(match.groups()):
        raise Refused(f"{words!r} is no due date of the format")
    return "+".join(part for part in ("CM" if match[1] else "", f"{match[2]}D" if match[2] else "") if part)


def _method(row: Row) -> Converted:
    kept = {"code": row["code"], "bal_account_type": "gl_account", "bal_account_no": row.get("balancing_account")}
    return [("payment_methods", kept)]


def _discount(row: Row) -> Converted:
    kept = {
        "code": row["code"],
        "minimum_amount": row["minimum"],
        "discount_pct": row.get("pct"),
        "service_charge": row.get("service_charge"),
    }
    return [("customer_invoice_discounts", kept)]


def _currency(row: Row) -> Converted:
    kept = {
        "code": row["code"],
        "amount_rounding_precision": row["amount_rounding"],
        "realized_gains": row.get("realized_gains"),
        "realized_losses": row.get("realized_losses"),
    }
    rates = [
        {
            "currency_code": row["code"],
            "starting_date": rate["from"],
            "exchange_amount": rate["foreign"],
            "relational_amount": rate["local"],
        }
        for rate in row.get("rates") or []
    ]
    return [("currencies", kept), *(("currency_rates", rate) for rate in rates)]


CUSTOMER = {
    "number": "no",
    "business": "gen_bus_group",
    "vat": "vat_bus_group",
    "group": "customer_posting_group",
    "terms": "payment_terms_code",
    "bill_to": "bill_to_customer_no",
    "currency": "currency_code",
    "invoice_discount_code": "invoice_disc_code",
    "prices_incl_vat": "prices_including_vat",
    "payment_method": "payment_method_code",
    "language": "language_code",
}


def _customer(row: Row) -> Converted:
    languages = [("languages", {"code": row["language"]})] if row.get("language") else []
    return [*languages, ("customers", {**ADDRESS, **{CUSTOMER.get(word, word): value for word, value in row.items()}})]


def _item(row: Row) -> Converted:
    kept = {
        "no": row["number"],
        "description": row.get("name"),
        "type": "inventory",
        "costing_method": "standard",
        "base_uom": "PCS",
        "unit_price": row.get("unit_price"),
        "unit_cost": row.get("unit_cost"),
        "standard_cost": row.get("unit_cost"),
        "gen_prod_group": row.get("product_group"),
        "vat_prod_group": row.get("vat_product_group"),
        "inventory_posting_group": row.get("inventory_group"),
        "allow_invoice_disc": row.get("allow_invoice_discount"),
        "blocked": row.get("blocked"),
    }
    stock = {
        "item_no": row["number"],
        "quantity": row.get("stock"),
        "unit_cost": row.get("unit_cost"),
        "posting_date": STOCK_DATE,
    }
    return [("items", kept), *([("opening_stock", stock)] if row.get("stock") else [])]


def _resource(row: Row) -> Converted:
    kept = {
        "no": row["number"],
        "name": row.get("name"),
        "type": "person",
        "base_uom": row.get("unit"),
        "unit_price": row.get("unit_price"),
        "unit_cost": row.get("unit_cost"),
        "gen_prod_group": row.get("product_group"),
        "vat_prod_group": row.get("vat_product_group"),
        "allow_invoice_disc": row.get("allow_invoice_discount"),
        "blocked": row.get("blocked"),
    }
    return [("resources", kept)]


def _cost(row: Row) -> Converted:
    kept = {
        "code": row["number"],
        "description": row.get("name"),
        "account_no": row.get("account"),
        "default_unit_price": row.get("unit_price"),
        "default_unit_cost": row.get("unit_cost"),
        "allow_invoice_disc": row.get("allow_invoice_discount"),
    }
    return [("service_costs", kept)]


def _service_item(row: Row) -> Converted:
    warranty = row.get("warranty") or {}
    kept = {
        "no": row["number"],
        "description": row.get("description"),
        "customer_no": row.get("customer"),
        "blocked": row.get("blocked"),
        "warranty_start_parts": warranty.get("from"),
        "warranty_end_parts": warranty.get("to"),
        "warranty_start_labor": warranty.get("from"),
        "warranty_end_labor": warranty.get("to"),
        "warranty_pct_parts": warranty.get("parts_pct"),
        "warranty_pct_labor": warranty.get("labour_pct"),
    }
    return [("service_items", kept)]


def _account_group(row: Row) -> Converted:
    kept = {
        "code": row["code"],
        "non_prepaid_account": row.get("income_account"),
        "prepaid_account": row.get("prepaid_account"),
    }
    return [("contract_account_groups", kept)]


def _dimension(row: Row) -> Converted:
    blocked = row.get("blocked_values") or []
    values = [
        {"dimension_code": row["code"], "code": code, "blocked": code in blocked}
        for code in dict.fromkeys([*(row.get("values") or []), *blocked])
    ]
    return [("dimensions", {"code": row["code"]}), *(("dimension_values", value) for value in values)]


def _series(row: Row) -> Converted:
    posted = row["use"].startswith("posted") or row["use"] == "prepaid_release"
    series = {"code": row["use"], "default_nos": True, "manual_nos": not posted, "gapless": posted}
    line = {"series_code": row["use"], "line_no": 10000, "starting_no": row["first"]}
    return [("number_series", series), ("number_series_lines", line)]


LISTS: dict[str, Callable[[Any], Converted]] = {
    "vat_business_groups": _codes("vat_bus_groups"),
    "vat_product_groups": _codes("vat_prod_groups"),
    "general_business_groups": _codes("gen_bus_groups"),
    "general_product_groups": _codes("gen_prod_groups"),
    "accounts": _account,
    "vat_posting_setup": _vat,
    "general_posting_setup": _general,
    "inventory_posting_setup": _inventory,
    "customer_posting_groups": _customer_group,
    "payment_terms": _terms,
    "payment_methods": _method,
    "invoice_discounts": _discount,
    "currencies": _currency,
    "customers": _customer,
    "items": _item,
    "resources": _resource,
    "service_costs": _cost,
    "service_items": _service_item,
    "contract_account_groups": _account_group,
    "dimensions": _dimension,
    "number_series": _series,
}


def _default_dimension(row: Row) -> Row:
    return {
        "table_name": OWNERS.get(row["record"], row["record"]),
        "no": row["number"],
        "dimension_code": row["dimension"],
        "rule": RULES[row["rule"]],
        "value_code": row.get("value") or "",
    }


def _combination(row: Row) -> Row:
    ((first, first_value),) = row["first"].items()
    ((second, second_value),) = row["second"].items()
    return {
        "dimension_1_code": first,
        "value_1_code": first_value,
        "dimension_2_code": second,
        "value_2_code": second_value,
    }


# --- documents ----------------------------------------------------------------------------------------------------

HEADER = {
    "number": "no",
    "customer": "customer_no",
    "bill_to": "bill_to_customer_no",
    "currency": "currency_code",
    "posting_date": "posting_date",
    "document_date": "document_date",
    "combine_shipments": "combine_shipments",
    "external_document_no": "external_document_no",
    "your_reference": "your_reference",
    "correction": "correction",
}
LINE = {
    "type": "type",
    "number": "no",
    "qty": "quantity",
    "description": "description",
    "unit": "uom",
    "unit_price": "unit_price",
    "unit_cost": "unit_cost_lcy",
    "line_discount_pct": "line_discount_pct",
    "contract": "contract_no",
    "service_item": "service_item_no",
}
QUANTITIES = ("qty_to_ship", "qty_to_consume", "qty_to_invoice")


async def enter(acting: Acting, kind: str, document: Mapping[str, Any]) -> DocumentKey:
    """Enters an open document as a clerk would: header, service item lines, lines, then what is to be done."""
    key = await _enter_header(acting, kind, document)
    for item_line in document.get("item_lines") or []:
        values = {**_dimensions(item_line), **_renamed(item_line, {"service_item": "service_item_no"})}
        values["description"] = item_line.get("description") or ""
        values = {name: value for name, value in values.items() if value != ""}
        values["line_no"] = int(item_line["line"]) * 10000
        _accepted(await drafts.add_item_line(acting, key, values), f"{document['number']} item line")
    if document.get("contract_discount_pct"):
        await _contract_discount(key, document["contract_discount_pct"])
    for line in document.get("lines") or []:
        await _enter_line(acting, key, line)
    return key


async def _enter_header(acting: Acting, kind: str, document: Mapping[str, Any]) -> DocumentKey:
    """The header. A currency whose rate was taken away since is set as it is: nobody could choose it any more."""
    values = header_values(document)
    saved = await drafts.create_document(acting, kind, values)
    without_rate = "currency_code" in values and {found.code for found in saved.findings} == {"exchange_rate_missing"}
    if without_rate:
        currency = values.pop("currency_code")
        saved = await drafts.create_document(acting, kind, values)
    key = _accepted(saved, f"{document['number']}")
    assert key is not None, "a document that is saved has a key"
    if without_rate:
        await _set("service_header", {"currency_code": currency}, {"document_type": kind, "no": key.no})
    return key


async def _set(table: str, values: Row, place: Row) -> None:
    """Writes columns as they are: a state that the product itself would not let anybody enter."""
    columns, where = (", ".join(f"{name} = ?" for name in values), " AND ".join(f"{name} = ?" for name in place))
    async with transaction() as session:
        await session.execute(f"UPDATE {table} SET {columns} WHERE {where}", *values.values(), *place.values())


def _line_place(key: DocumentKey, line: Mapping[str, Any]) -> Row:
    return {"document_type": key.document_type, "document_no": key.no, "line_no": line["line"] * 10000}


def header_values(document: Mapping[str, Any]) -> Row:
    values = {**_renamed(document, HEADER), **_dimensions(document)}
    values.setdefault("document_date", document.get("posting_date"))
    return values


def _renamed(row: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    """The words of the format as columns; empty is blank, numbers of records are texts."""
    texts = {"number", "customer", "bill_to", "currency", "description", "unit", "contract", "service_item"}
    return {
        column: ("" if row[word] is None else str(row[word])) if word in texts else exact(row[word])
        for word, column in names.items()
        if word in row
    }


def exact(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


DIMENSION_COLUMNS = {"DEPT": "dim_1", "AREA": "dim_2"}


def _dimensions(row: Mapping[str, Any]) -> Row:
    return {DIMENSION_COLUMNS[code]: str(value or "").upper() for code, value in (row.get("dimensions") or {}).items()}


async def _enter_line(acting: Acting, key: DocumentKey, line: Mapping[str, Any]) -> None:
    where = f"{key.no} line {line['line']}"
    values = {**_renamed(line, LINE), **_dimensions(line)}
    values["type"] = LINE_TYPES.get(line["type"], line["type"])
    values["line_no"] = int(line["line"]) * 10000
    if line.get("item_line"):
        values["service_item_line_no"] = int(line["item_line"]) * 10000
    if line.get("line_discount_type") in ("warranty", "contract"):
        values.pop("line_discount_pct", None)  # the product proposes it
    no_number = values["type"] != "blank" and not values.get("no")
    quantity = values.pop("quantity", 0) if no_number else 0
    saved = await drafts.add_line(acting, key, values)
    _accepted(saved, where)
    if saved.line_no != line["line"] * 10000:
        raise Refused(f"{where} became line no. {saved.line_no}")
    for word in QUANTITIES:
        if word in line:
            saved = await drafts.change_line(acting, key, line["line"] * 10000, {word: exact(line[word])})
            _accepted(saved, where)
    if no_number:
        names = ("quantity", "outstanding_qty", "qty_to_ship", "qty_to_invoice")
        scaled = int(Decimal(quantity) * 100000)
        await _set(
            "service_line", {f"{n}{end}": scaled for n in names for end in ("", "_base")}, _line_place(key, line)
        )
    if line.get("line_discount_type") == "line":  # a price list gave it; the pack has none
        await _set("service_line", {"line_discount_type": "line"}, _line_place(key, line))
    await _written_out(key, line)


def _accepted(saved: drafts.Saved, where: str) -> DocumentKey | None:
    if errors := [found for found in saved.findings if found.is_error]:
        raise Refused(f"{where}: " + "; ".join(found.message for found in errors))
    return saved.key


async def _written_out(key: DocumentKey, line: Mapping[str, Any]) -> None:
    """What the file writes out although the product proposes it: the proposal must be the same.

    The invoice discount is the result of an earlier calculation and set as it is.
    """
    document = await drafts.load_document(key)
    assert document is not None, "the document was entered just now"
    stored = next(found for found in document.lines if found.line_no == line["line"] * 10000)
    for word, column in (("line_discount_pct", "line_discount_pct"), ("line_discount_type", "line_discount_type")):
        if word in line and getattr(stored, column) != line[word]:
            raise Refused(f"{key.no} line {line['line']}: {word} is {getattr(stored, column)}, given is {line[word]}")
    if "warranty" in line and stored.warranty != line["warranty"]:
        raise Refused(f"{key.no} line {line['line']}: warranty is {stored.warranty}")
    if "inv_discount" in line:
        await _set_invoice_discount(key, line)


async def _set_invoice_discount(key: DocumentKey, line: Mapping[str, Any]) -> None:
    scaled = int(Decimal(line["inv_discount"]) * 100000)
    amounts = {"inv_discount_amount": scaled, "inv_disc_amount_to_invoice": scaled}
    await _set("service_line", amounts, _line_place(key, line))


async def _contract_discount(key: DocumentKey, pct: Any) -> None:
    """The contract that gives this discount is entered elsewhere; here its item lines carry it."""
    place = {"document_type": key.document_type, "document_no": key.no}
    await _set("service_item_line", {"contract_disc_pct": int(Decimal(pct) * 100000)}, place)


def texts(findings: tuple[Finding, ...]) -> list[str]:
    return [found.message for found in findings]
