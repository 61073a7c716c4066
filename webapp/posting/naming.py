"""How a finding names fields and tables: as the screens do, in words of the core's own (A-2)."""

from __future__ import annotations

_LABELS = {
    "uom": "Unit of measure code",
    "e_mail": "E-mail",
    "e_invoice": "E-invoice",
    "e_invoice_address": "E-invoice address",
    "exemption_code": "Exemption reason code",
    "tax_category": "VAT category",
    "applies_to_doc_type": "Applies-to document type",
    "applies_to_doc_no": "Applies-to document no.",
    "applies_to_id": "Applies-to ID",
    "row_version": "Version",
    "gen_bus_group": "Gen. bus. posting group",
    "gen_prod_group": "Gen. prod. posting group",
    "vat_bus_group": "VAT bus. posting group",
    "vat_prod_group": "VAT prod. posting group",
    "eu_3_party_trade": "EU third-party trade",
    "dim_1": "Dimension 1 code",
    "dim_2": "Dimension 2 code",
    "outstanding_qty": "Outstanding quantity",
    "inv_disc_amount_to_invoice": "Invoice discount to invoice",
    "warranty_start_parts": "Warranty starting date (parts)",
    "warranty_end_parts": "Warranty ending date (parts)",
    "warranty_start_labor": "Warranty starting date (labour)",
    "warranty_end_labor": "Warranty ending date (labour)",
}
_WORDS = {
    "appl": "applies",
    "bal": "balancing",
    "disc": "discount",
    "inv": "invoice",
    "lcy": "(LCY)",
    "max": "max.",
    "no": "no.",
    "pct": "%",
    "pmt": "payment",
    "qty": "qty.",
    "uom": "unit of measure",
    "vat": "VAT",
}


def label_of(field: str) -> str:
    """The label of a field as the screens have it: `qty_to_ship` is "Qty. to ship". A test compares the two."""
    if field in _LABELS:
        return _LABELS[field]
    words = " ".join(_WORDS.get(word, word) for word in field.split("_"))
    words = words.replace("bill to ", "bill-to ").replace("ship to ", "ship-to ").replace("post code", "postcode")
    words = words.replace("% parts", "% (parts)").replace("% labor", "% (labour)").replace("labor ", "labour ")
    return words[:1].upper() + words[1:]


_TABLE_WORDS = {
    "vat ": "VAT ",
    "gl account": "G/L account",
    "gen ": "general ",
    "ship to ": "ship-to ",
    "app user": "user",
}


def table_name(table: str) -> str:
    """A table as people name it: `vat_posting_setup` is "VAT posting setup"."""
    words = table.replace("_", " ")
    for name, people_say in _TABLE_WORDS.items():
        words = words.replace(name, people_say)
    return words[:1].upper() + words[1:]
