"""What an invoice must show by law, before it is posted: who sends it, who gets it, why no VAT is charged (D-127)."""

from __future__ import annotations

from webapp.posting.case import Case
from webapp.posting.faults import Findings, header_finding, line_finding, real_lines
from webapp.posting.snapshot import Line


def invoice_names_both(case: Case) -> Findings:
    """D-127 points 3 and 5: the company with its address and its VAT registration no., and the payer with an address.
    A shipment alone is no invoice."""
    if not case.parts.invoice:
        return
    company, header = case.setup.company, case.snapshot.header
    for field in ("name", "address", "city", "vat_registration_no"):
        if not getattr(company, field):
            yield header_finding(case, "company_field_missing", field, table="company", record="")
    for field in ("bill_to_address", "bill_to_city"):
        if header.bill_to_customer_no and not getattr(header, field):
            no = header.bill_to_customer_no
            yield header_finding(case, "payer_address_missing", field, no=no)


REPRESENTATIVE = (
    "representative_name",
    "representative_vat_no",
    "representative_address",
    "representative_city",
    "representative_country_code",
)


def representative_is_named_in_full(case: Case) -> Findings:
    """D-127 point 15: of a tax representative an invoice shows number, name and address; not one of them alone. The
    postcode is not asked for: there are countries without."""
    company = case.setup.company
    given = company.representative_post_code or any(getattr(company, field) for field in REPRESENTATIVE)
    if not case.parts.invoice or not given:
        return
    for field in REPRESENTATIVE:
        if not getattr(company, field):
            yield header_finding(case, "tax_representative_incomplete", field, table="company", record="")


def what_is_collected_has_a_mandate(case: Case) -> Findings:
    """D-127, D-93: an invoice that is collected by direct debit says by which mandate, and who collects. Both are read
    when they are needed, so that they may be entered after the posting too."""
    header, payer = case.snapshot.header, case.snapshot.bill_to
    method = case.setup.payment_methods.get(header.payment_method_code)
    if not case.parts.invoice or case.parts.credits or method is None or not method.direct_debit:
        return
    if header.bal_account_no or not case.totals.amount_including_vat:
        return  # paid with the posting, or nothing to collect
    if payer is not None and not payer.mandate_reference:
        at = {"table": "customer", "record": payer.no}
        yield header_finding(case, "mandate_missing", "mandate_reference", no=payer.no, method=method.code, **at)
    if not case.setup.company.creditor_identifier:
        at = {"table": "company", "record": ""}
        yield header_finding(case, "creditor_identifier_missing", "creditor_identifier", method=method.code, **at)


def untaxed_lines_have_a_reason(case: Case) -> Findings:
    """D-127 points 11 and 11a: a group that charges no VAT has the clause that says why; each group once."""
    told: set[tuple[str, str]] = set()
    for taken in real_lines(case):
        line = taken.line
        pair = (line.vat_bus_group, line.vat_prod_group)
        if case.parts.invoice and taken.to_invoice and pair not in told and _is_without_reason(case, line):
            told.add(pair)
            at = {"table": "vat_posting_setup", "record": " / ".join(pair)}
            yield line_finding(case, line, "vat_clause_missing", "vat_clause_code", bus=pair[0], prod=pair[1], **at)


def _is_without_reason(case: Case, line: Line) -> bool:
    setup = case.vat_setup(line)
    if setup is None or setup.vat_clause_code:
        return False
    return setup.calculation_type == "reverse_charge" or (setup.calculation_type == "normal" and not setup.vat_pct)
