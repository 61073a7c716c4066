"""Checks across fields and tables that a set-up or master row must pass before it is saved.

`RULES` names them by table. Each takes the row as it would be, as it was (None when new) and the records to look in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from webapp import labels
from webapp.paper.pictures import is_picture_address
from webapp.posting.bank_details import is_bic, is_iban
from webapp.posting.dates import is_formula
from webapp.posting.findings import Finding, finding, money
from webapp.posting.numbers import counts_up
from webapp.posting.records import changed
from webapp.posting.sending import is_address
from webapp.store.masters_records import Records
from webapp.store.masters_registry import Master, Row
from webapp.store.rows import decimal_from

Rule = Callable[[Row, Row | None, Records], Awaitable[list[Finding]]]


async def check(master: Master, row: Row, before: Row | None, records: Records) -> list[Finding]:
    """Everything that is wrong with the row: what it needs, what it refers to, and the rules of its table."""
    found = _required(master, row) + await _references(master, row, before, records)
    for rule in RULES.get(master.name, ()):
        found += await rule(row, before, records)
    return found


def _about(master_name: str, code: str, field: str, **values: Any) -> Finding:
    return finding(code, table=master_name, field=field, label=labels.label(field), **values)


def _required(master: Master, row: Row) -> list[Finding]:
    blank = ("", None)
    return [
        _about(master.name, "field_required", f.name)
        for f in master.fields.values()
        if f.required and row[f.name] in blank
    ]


async def _references(master: Master, row: Row, before: Row | None, records: Records) -> list[Finding]:
    """Every reference exists; an account that the set-up posts to is of type posting (P-89)."""
    found = []
    for field in master.fields.values():
        value = row[field.name]
        if not field.reference or not value or (before is not None and before[field.name] == value):
            continue
        target = await records.get(field.reference, (value,))
        if target is None:
            found.append(_unknown(master.name, field.name, value, field.reference))
        elif field.reference == "gl_account" and target["account_type"] != "posting":
            found.append(_about(master.name, "account_not_posting", field.name, account=value))
    return found


def _unknown(owner: str, field: str, value: Any, table: str) -> Finding:
    made = finding("reference_unknown", table=table, field=field, label=labels.label(field), name=value)
    return changed(made, table=owner)


MOST_COPIES: Final = 9


async def _exists(records: Records, owner: str, field: str, table: str, *key: Any) -> list[Finding]:
    if key[-1] in ("", None) or await records.get(table, key) is not None:
        return []
    return [_unknown(owner, field, key[-1], table)]


# --- the company -------------------------------------------------------------------------------------------------


async def _logo_is_a_picture(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """D-117: whatever way it comes; what was stored before stays."""
    logo = row["logo"]
    if not logo or is_picture_address(logo) or (before is not None and before["logo"] == logo):
        return []
    return [_about("company", "logo_no_picture", "logo")]


# --- contracts ----------------------------------------------------------------------------------------------------

MOST_NAMED: Final = 5
_NEEDS: Final = (
    "SELECT no FROM service_contract WHERE contract_account_group = ? AND kind = 'contract' AND status <> 'cancelled'"
)
_WAITS: Final = """
SELECT service_contract_no, SUM(CASE WHEN NOT posted_gross THEN amount_lcy WHEN quantity < 0 THEN -ABS(unit_price)
    ELSE ABS(unit_price) END)
FROM service_ledger_entry WHERE service_contract_no <> '' AND contract_account_group = ? AND type = 'service_contract'
AND entry_type = 'sale' AND NOT moved_from_prepaid GROUP BY service_contract_no ORDER BY 1"""


async def _accounts_of_contracts(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """C-9: an account group that contracts use keeps its accounts, and the account on which something waits for its
    release stays where the release looks for it (C-131, C-136)."""
    if before is None:
        return []
    code, was = str(row["code"]), before["prepaid_account"]
    found = []
    for name, more in (("non_prepaid_account", ""), ("prepaid_account", " AND prepaid")):
        if before[name] and not row[name]:
            rows = await records.session.fetch(f"{_NEEDS}{more} ORDER BY no", code)
            found += [_of_group("contract_group_account_needed", name, code, rows)] if rows else []
    if was and row["prepaid_account"] != was and not found:
        rows = [one for one in await records.session.fetch(_WAITS, code) if one[1]]
        amount = money(abs(decimal_from(sum(int(one[1]) for one in rows), 5)))
        values = {"amount": amount, "account": was}
        found += [_of_group("contract_group_account_holds", "prepaid_account", code, rows, **values)] if rows else []
    return found


def _of_group(code: str, field: str, group: str, rows: Sequence[Sequence[Any]], **values: Any) -> Finding:
    names = ", ".join(str(one[0]) for one in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    contracts = f"{'contracts' if len(rows) > 1 else 'contract'} {names}{more}"
    return _about("contract_account_group", code, field, group=group, contracts=contracts, **values)


# --- settings -----------------------------------------------------------------------------------------------------


def _ranges(table: str, *pairs: tuple[str, str]) -> Rule:
    """The first date of each pair must not be after the second (P-143)."""

    async def rule(row: Row, before: Row | None, records: Records) -> list[Finding]:
        return [
            _about(table, "range_upside_down", high, other=labels.in_sentence(labels.label(low)))
            for low, high in pairs
            if row[low] is not None and row[high] is not None and row[high] < row[low]
        ]

    return rule


POSTING_WINDOW = ("allow_posting_from", "allow_posting_to")
VAT_WINDOW = ("allow_vat_date_from", "allow_vat_date_to")
OPEN_SERIES = (
    "service_order_nos",
    "service_invoice_nos",
    "service_cr_memo_nos",
    "contract_nos",
    "contract_template_nos",
    "contract_invoice_nos",
    "contract_cr_memo_nos",
)
POSTED_SERIES = ("posted_shipment_nos", "posted_invoice_nos", "posted_cr_memo_nos", "prepaid_posting_nos")


async def _open_and_posted_series_differ(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """O-21, D-3, P-149."""
    opened = {row[name] for name in OPEN_SERIES} - {""}
    return [
        _about("service_setup", "series_both_open_and_posted", name, name=row[name])
        for name in POSTED_SERIES
        if row[name] in opened
    ]


async def _dimensions_differ(row: Row, before: Row | None, records: Records) -> list[Finding]:
    first, second = row["global_dimension_1_code"], row["global_dimension_2_code"]
    if not first or first != second:
        return []
    return [_about("ledger_setup", "already_exists", "global_dimension_2_code", name=second)]


# --- numbers ------------------------------------------------------------------------------------------------------


async def _gapless_takes_no_manual(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """P-21, P-150."""
    if row["gapless"] and row["manual_nos"]:
        return [_about("number_series", "gapless_series_manual", "manual_nos")]
    return []


async def _numbers_count_up(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """P-148: each number of a line ends in digits, and the first one is there."""
    if not row["starting_no"]:
        return [_about("number_series_line", "field_required", "starting_no")]
    return [
        _about("number_series_line", "number_not_a_number", name, typed=row[name])
        for name in ("starting_no", "ending_no", "warning_no", "last_no_used")
        if row[name] and not counts_up(row[name])
    ]


async def _gapless_line_stays(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """P-150: a used line of a gapless series counts on as it began; only posting moves it."""
    series = await records.get("number_series", (row["series_code"],))
    if before is None or series is None or not series["gapless"]:
        return []
    kept = ["last_no_used", "last_date_used"]
    if before["last_no_used"]:
        kept += ["starting_no", "increment_by"]
    return [_about("number_series_line", "gapless_series_last_no", name) for name in kept if row[name] != before[name]]


# --- accounts, terms, dimensions ----------------------------------------------------------------------------------


def _formulas(table: str, *names: str) -> Rule:
    """P-147."""

    async def rule(row: Row, before: Row | None, records: Records) -> list[Finding]:
        return [
            _about(table, "date_formula_not_understood", name, typed=row[name])
            for name in names
            if not is_formula(row[name])
        ]

    return rule


async def _balancing_account(row: Row, before: Row | None, records: Records) -> list[Finding]:
    table = "gl_account" if row["bal_account_type"] == "gl_account" else "bank_account"
    return await _exists(records, "payment_method", "bal_account_no", table, row["bal_account_no"])


async def _default_dimension(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """The record and the value exist; "same code" names one, "no code" none (P-84)."""
    owner = "default_dimension"
    found = await _exists(records, owner, "no", row["table_name"], row["no"])
    found += await _exists(records, owner, "value_code", "dimension_value", row["dimension_code"], row["value_code"])
    if row["rule"] == "same_code" and not row["value_code"]:
        found.append(_about(owner, "field_required", "value_code"))
    if row["rule"] == "no_code" and row["value_code"]:
        found.append(
            _about(
                owner,
                "dimension_must_be_empty",
                "value_code",
                dimension=row["dimension_code"],
                owner=row["no"],
                value=row["value_code"],
            )
        )
    return found


async def _combination(row: Row, before: Row | None, records: Records) -> list[Finding]:
    owner = "dimension_combination"
    found = []
    for side in ("1", "2"):
        dimension, value = row[f"dimension_{side}_code"], row[f"value_{side}_code"]
        found += await _exists(records, owner, f"value_{side}_code", "dimension_value", dimension, value)
    return found


async def _only_posting_accounts_stand_on_lines(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """P-47: direct posting is for accounts of type posting."""
    if row["account_type"] == "posting" or not row["direct_posting"]:
        return []
    return [_about("gl_account", "account_not_posting", "direct_posting", account=row["no"])]


# --- master records -----------------------------------------------------------------------------------------------


async def _prepaid_or_after_service(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """C-7: what is invoiced after the service cannot be paid in advance."""
    if row["prepaid"] and row["invoice_after_service"]:
        return [_about("contract_template", "contract_prepaid_after_service", "invoice_after_service")]
    return []


async def _product_exists(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """O-46."""
    return await _exists(records, "price_list_line", "product_no", row["product_type"], row["product_no"])


_NAMED_BY = {"item": "item", "resource": "resource", "cost": "service_cost", "gl_account": "gl_account"}


async def _bundled_exists(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """D-31: a line of a bundle names a record of its type; a text line a standard text, or nothing."""
    named = _NAMED_BY.get(row["type"], "standard_text")
    return await _exists(records, "standard_service_line", "no", named, row["no"])


async def _texted_exists(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """D-30: an extended text belongs to a record of its type."""
    return await _exists(records, "extended_text", "no", _NAMED_BY.get(row["type"], "standard_text"), row["no"])


async def _titled(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """O-20, D-118: one to nine copies."""
    if 1 <= row["copies"] <= MOST_COPIES:
        return []
    return [finding("copies_out_of_range", table="document_title", field="copies", most=MOST_COPIES)]


async def _translated_exists(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """D-117: what is translated is there."""
    return await _exists(records, "translation", "code", row["kind"], row["code"])


def _ship_to(table: str, customer: str) -> Rule:
    async def rule(row: Row, before: Row | None, records: Records) -> list[Finding]:
        """The ship-to address is one of the customer's."""
        return await _exists(records, table, "ship_to_code", "ship_to_address", row[customer], row["ship_to_code"])

    return rule


def _bank_details(table: str) -> Rule:
    async def rule(row: Row, before: Row | None, records: Records) -> list[Finding]:
        """D-121, D-122: customers pay by what is printed; what was stored before stays."""
        found = []
        for field, code, fits in (("iban", "iban_wrong", is_iban), ("bic", "bic_wrong", is_bic)):
            typed = row[field]
            if typed and not fits(typed) and (before is None or before[field] != typed):
                found.append(_about(table, code, field, typed=typed))
        return found

    return rule


async def _company_has_mail(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """D-102: mail comes from this address, and customers answer to it."""
    typed = row["e_mail"]
    if not typed or is_address(typed) or (before is not None and before["e_mail"] == typed):
        return []
    return [_about("company", "mail_address_wrong", "e_mail", typed=typed)]


async def _mail_arrives(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """D-102: who gets documents by e-mail has an address that they can go to."""
    own = row["send_documents_to"]
    field, address = ("send_documents_to", own) if own else ("e_mail", row["e_mail"])
    if row["document_sending"] == "no" and not own:
        return []
    if not address:
        return [_about("customer", "field_required", field)]
    return [] if is_address(address) else [_about("customer", "mail_address_wrong", field, typed=address)]


STATUS_FLAGS = (
    "initial",
    "partly_serviced",
    "in_process",
    "finished",
    "referred",
    "spare_part_ordered",
    "spare_part_received",
    "waiting_for_customer",
    "quote_finished",
)


async def _gross_is_no_less_than_net(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """D-114: the packing adds to what the item weighs. A weight of 0 says that nobody entered it."""
    net, gross = row["net_weight"], row["gross_weight"]
    if not net or not gross or gross >= net:
        return []
    if before is not None and (before["net_weight"], before["gross_weight"]) == (net, gross):
        return []
    return [_about("item", "gross_below_net", "gross_weight", net=net, gross=gross)]


async def _flags_once(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """P-28, P-172: each of these is set on one repair status at most."""
    wanted = [name for name in STATUS_FLAGS if row[name]]
    others = [other for other in await records.all("repair_status") if other["code"] != row["code"]] if wanted else []
    return [
        _about("repair_status", "flag_once", name, name=other["code"])
        for name in wanted
        for other in others
        if other[name]
    ]


async def an_admin_stays(row: Row, before: Row | None, records: Records) -> list[Finding]:
    """Someone can always give out rights (S-1)."""
    if before is None or not _is_admin(before) or _is_admin(row):
        return []
    others = await records.all("app_user", role="admin")
    if any(_is_admin(one) for one in others if one["user_name"] != row["user_name"]):
        return []
    return [_about("app_user", "last_admin", "role" if row["role"] != "admin" else "active")]


def _is_admin(user: Row) -> bool:
    return bool(user["role"] == "admin" and user["active"])


RULES: dict[str, tuple[Rule, ...]] = {
    "app_user": (an_admin_stays,),
    "company": (_logo_is_a_picture, _bank_details("company"), _company_has_mail),
    "bank_account": (_bank_details("bank_account"),),
    "ledger_setup": (_ranges("ledger_setup", POSTING_WINDOW, VAT_WINDOW), _dimensions_differ),
    "user_setup": (_ranges("user_setup", POSTING_WINDOW, VAT_WINDOW),),
    "service_setup": (_open_and_posted_series_differ,),
    "number_series": (_gapless_takes_no_manual,),
    "number_series_line": (_numbers_count_up, _gapless_line_stays),
    "payment_terms": (_formulas("payment_terms", "due_formula", "discount_formula"),),
    "payment_method": (_balancing_account,),
    "default_dimension": (_default_dimension,),
    "dimension_combination": (_combination,),
    "gl_account": (_only_posting_accounts_stand_on_lines,),
    "price_list_line": (_product_exists, _ranges("price_list_line", ("starting_date", "ending_date"))),
    "document_title": (_titled,),
    "translation": (_translated_exists,),
    "extended_text": (_texted_exists, _ranges("extended_text", ("starting_date", "ending_date"))),
    "standard_service_line": (_bundled_exists,),
    "customer": (_ship_to("customer", "no"), _mail_arrives),
    "service_item": (
        _ship_to("service_item", "customer_no"),
        _ranges(
            "service_item",
            ("warranty_start_parts", "warranty_end_parts"),
            ("warranty_start_labor", "warranty_end_labor"),
        ),
    ),
    "item": (_gross_is_no_less_than_net,),
    "repair_status": (_flags_once,),
    "contract_account_group": (_accounts_of_contracts,),
    "contract_template": (
        _formulas("contract_template", "service_period", "price_update_period"),
        _prepaid_or_after_service,
    ),
}
