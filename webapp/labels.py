"""The words of the screens: a column's name to its label, a choice's value to its word (O-35).

Labels are in sentence case. What is not listed is derived from the name: `posting_date` is "Posting date". Labels are
accessible names, too: tests and people find controls by them, so a label changes only here.
"""

from __future__ import annotations

from functools import cache
from typing import Final

__all__ = ["choice", "in_sentence", "label", "plural"]

LABELS: Final[dict[str, str]] = {
    "no": "No.",
    "line_no": "Line no.",
    "user_name": "User name",
    "app_user": "User",
    "full_name": "Full name",
    "row_version": "Version",
    "address_2": "Address 2",
    "description_2": "Description 2",
    "e_mail": "E-mail",
    "e_invoice": "E-invoice",
    "e_invoice_address": "E-invoice address",
    "e_invoice_format": "E-invoice format",
    "mandate_reference": "Mandate reference",
    "creditor_identifier": "Creditor identifier",
    "exemption_code": "Exemption reason code",
    "tax_category": "VAT category",
    "post_code": "Postcode",
    "customer_post_code": "Customer postcode",
    "phone_no": "Phone no.",
    "home_page": "Home page",
    "iban": "IBAN",
    "bic": "BIC",
    "eu": "EU country",
    "registration_no": "Registration no.",
    "vat_registration_no": "VAT registration no.",
    "representative_name": "Tax representative",
    "representative_vat_no": "VAT no. of the representative",
    "representative_address": "Address of the representative",
    "representative_post_code": "Postcode of the representative",
    "representative_city": "City of the representative",
    "representative_country_code": "Country code of the representative",
    "ship_to_code": "Ship-to code",
    "invoice_to": "Invoice-to date",
    "uom": "Unit of measure code",
    "base_uom": "Base unit of measure",
    "sales_uom": "Sales unit of measure",
    "qty_per": "Qty. per unit of measure",
    "qty_per_uom": "Qty. per unit of measure",
    "outstanding_qty": "Outstanding quantity",
    "qty_shipped_not_invoiced": "Qty. shipped not invoiced",
    "service_item_line_no": "Service item line no.",
    "line_discount_pct": "Line discount %",
    "inv_discount_amount": "Invoice discount amount",
    "inv_disc_amount_to_invoice": "Invoice discount to invoice",
    "amount_including_vat": "Amount including VAT",
    "vat_base_amount": "VAT base amount",
    "vat_pct": "VAT %",
    "vat_calculation_type": "VAT calculation type",
    "contract_disc_pct": "Contract discount %",
    "warranty_disc_pct": "Warranty discount %",
    "warranty_disc_pct_parts": "Warranty discount % (parts)",
    "warranty_disc_pct_labor": "Warranty discount % (labour)",
    "warranty_pct_parts": "Warranty % (parts)",
    "warranty_pct_labor": "Warranty % (labour)",
    "warranty_start_parts": "Warranty starting date (parts)",
    "warranty_end_parts": "Warranty ending date (parts)",
    "warranty_start_labor": "Warranty starting date (labour)",
    "warranty_end_labor": "Warranty ending date (labour)",
    "gen_bus_group": "Gen. bus. posting group",
    "gen_prod_group": "Gen. prod. posting group",
    "vat_bus_group": "VAT bus. posting group",
    "vat_prod_group": "VAT prod. posting group",
    "def_vat_bus_group": "Default VAT bus. posting group",
    "def_vat_prod_group": "Default VAT prod. posting group",
    "sales": "Sales account",
    "sales_credit_memo": "Sales credit memo account",
    "sales_line_disc": "Line discount account",
    "sales_inv_disc": "Invoice discount account",
    "cogs": "COGS account",
    "cogs_interim": "COGS account (interim)",
    "inventory_adjmt": "Inventory adjustment account",
    "inventory_account": "Inventory account",
    "inventory_account_interim": "Inventory account (interim)",
    "sales_vat_account": "Sales VAT account",
    "receivables": "Receivables account",
    "service_charge": "Service charge",
    "invoice_rounding": "Invoice rounding",
    "payment_disc_debit": "Payment discount account",
    "realized_gains": "Realized gains account",
    "realized_losses": "Realized losses account",
    "default_nos": "Default nos.",
    "manual_nos": "Manual nos.",
    "service_order_nos": "Service order nos.",
    "service_invoice_nos": "Service invoice nos.",
    "service_cr_memo_nos": "Service credit memo nos.",
    "contract_nos": "Contract nos.",
    "contract_template_nos": "Contract template nos.",
    "starting_fee_code": "Starting fee",
    "contract_line_inv_text": "Contract heading text",
    "contract_inv_line_text": "Contract invoice opening text",
    "contract_inv_period_text": "Contract period text",
    "contract_credit_line_text": "Contract credit line text",
    "contract_value_pct": "Contract value %",
    "default_contract_discount_pct": "Default contract discount %",
    "last_price_update_pct": "Last price update %",
    "response_time_hours": "Response time (hours)",
    "invoiced_to_date": "Invoiced to",
    "calcd_annual_amount": "Calculated annual amount",
    "contract_group_code": "Contract group",
    "first_service_date": "First service date",
    "probability": "Probability %",
    "contract_invoice_nos": "Contract invoice nos.",
    "contract_cr_memo_nos": "Contract credit memo nos.",
    "prepaid_posting_nos": "Prepaid posting nos.",
    "posted_shipment_nos": "Posted shipment nos.",
    "posted_invoice_nos": "Posted invoice nos.",
    "posted_cr_memo_nos": "Posted credit memo nos.",
    "payment_nos": "Payment nos.",
    "ext_doc_no_mandatory": "External document no. mandatory",
    "lcy_code": "LCY code",
    "inv_rounding_precision": "Invoice rounding precision",
    "inv_rounding_precision_lcy": "Invoice rounding precision (LCY)",
    "inv_rounding_type": "Invoice rounding type",
    "pmt_disc_excl_vat": "Payment discount excluding VAT",
    "mark_cr_memos_as_corrections": "Mark credit memos as corrections",
    "vat_calc_by": "VAT group taken from",
    "calc_inv_discount": "Calculate invoice discount",
    "calc_inv_disc_per_vat_id": "Calculate invoice discount per VAT identifier",
    "appln_between_currencies": "Application between currencies",
    "credit_warnings": "Credit warnings",
    "expected_cost_posting_to_gl": "Expected cost posting to G/L",
    "copy_line_description_to_gl": "Copy line description to G/L",
    "disc_on_cr_memos": "Discount on credit memos",
    "bal_account_type": "Balancing account type",
    "bal_account_no": "Balancing account no.",
    "eu_service": "EU service",
    "eu_3_party_trade": "EU third-party trade",
    "max_labor_unit_price": "Max. labour unit price",
    "allow_invoice_disc": "Allow invoice discount",
    "allow_line_disc": "Allow line discount",
    "invoice_disc_code": "Invoice discount code",
    "applies_to_doc_type": "Applies-to document type",
    "applies_to_doc_no": "Applies-to document no.",
    "applies_to_id": "Applies-to ID",
    "dim_1": "Dimension 1 code",
    "dim_2": "Dimension 2 code",
    "at": "Date and time",
}

PREFIXES: Final = {
    "bill_to_": "Bill-to ",
    "ship_to_": "Ship-to ",
    "sell_to_": "Sell-to ",
    "pay_to_": "Pay-to ",
    "applies_to_": "Applies-to ",
}
WORDS: Final = {
    "acc": "account",
    "amt": "amount",
    "appl": "applies",
    "bal": "balancing",
    "cr": "credit",
    "desc": "description",
    "disc": "discount",
    "doc": "document",
    "eu": "EU",
    "excl": "excluding",
    "ext": "external",
    "gl": "G/L",
    "iban": "IBAN",
    "id": "ID",
    "incl": "including",
    "inv": "invoice",
    "lcy": "(LCY)",
    "max": "max.",
    "min": "min.",
    "no": "no.",
    "nos": "nos.",
    "pct": "%",
    "pmt": "payment",
    "qty": "qty.",
    "uom": "unit of measure",
    "vat": "VAT",
}
KEPT: Final = ("VAT", "G/L", "EU", "IBAN", "BIC", "LCY", "COGS", "ID")

CHOICES: Final[dict[str, str]] = {
    "": "",
    "blank": "",
    "gl_account": "G/L account",
    "fifo": "FIFO",
    "invoice_disc": "Invoice discount",
    "none": "None",
    "cost": "Cost",
    "correction_of_remaining": "Payment discount",
    "credit_memo": "Credit memo",
    "reverse_charge": "Reverse charge",
    "medium_high": "Medium high",
    "unsure": "May have left",
    "no_code": "No code",
}


@cache
def label(name: str) -> str:
    """The label of a column or field: "Qty. to ship" for `qty_to_ship`."""
    if name in LABELS:
        return LABELS[name]
    for prefix, words in PREFIXES.items():
        if name.startswith(prefix):
            return words + in_sentence(label(name.removeprefix(prefix)))
    return _capital(" ".join(WORDS.get(word, word) for word in name.split("_") if word))


# The same value under a field where it means something else.
FIELD_CHOICES: Final[dict[tuple[str, str], str]] = {
    ("starting", ""): "Choose …",
    ("starting", "now"): "Invoice them now",
    ("starting", "later"): "Bill them with the first regular invoice",
    ("starting", "never"): "Never bill them",
    ("earlier", ""): "Choose …",
    ("earlier", "now"): "Bill them on this invoice",
    ("earlier", "later"): "Not on this invoice",
    ("new_lines", ""): "Choose …",
    ("new_lines", "now"): "Invoice them now",
    ("new_lines", "later"): "Bill them with the next regular invoice",
    ("template_no", ""): "No template",
    ("tax_category", "derived"): "From rate and type",
    ("tax_category", "S"): "S: standard rate",
    ("tax_category", "Z"): "Z: zero rated",
    ("tax_category", "E"): "E: exempt",
    ("tax_category", "AE"): "AE: reverse charge",
    ("tax_category", "K"): "K: goods within the EU",
    ("tax_category", "G"): "G: export",
    ("tax_category", "O"): "O: outside the scope",
    ("document_sending", "no"): "Not by itself",
    ("document_sending", "e_mail"): "By e-mail",
    ("which", "open"): "With something open",
    ("which", "moved"): "With entries in the period",
    ("which", "either"): "With either",
    ("e_invoice", "no"): "No",
    ("e_invoice", "peppol"): "EN 16931 (Peppol BIS Billing 3)",
    ("e_invoice_format", "ubl"): "UBL, a file of its own",
    ("e_invoice_format", "factur_x"): "Factur-X, inside the PDF",
    ("type", "blank"): "Text",
}


@cache
def choice(value: str, field: str = "") -> str:
    """The word for a value of a closed list: "Released to ship" for `released_to_ship`."""
    if (field, value) in FIELD_CHOICES:
        return FIELD_CHOICES[field, value]
    if value in CHOICES:
        return CHOICES[value]
    return _capital(" ".join(WORDS.get(word, word) for word in value.split("_") if word))


def in_sentence(words: str) -> str:
    """A label as it stands inside a sentence: its first letter small, unless it is an abbreviation."""
    return words if words.startswith(KEPT) else words[:1].lower() + words[1:]


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 line", "3 lines"."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
