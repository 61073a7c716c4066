"""A field is called the same in a message as on the screen."""

import pytest

from webapp.labels import choice, label
from webapp.posting.findings import finding
from webapp.posting.naming import label_of, table_name
from webapp.posting.records import names_of
from webapp.posting.snapshot import Header, ItemLine, Line


@pytest.mark.parametrize("record", [Header, ItemLine, Line])
def test_findings_name_fields_as_the_screens_do(record: type):
    names = names_of(record)
    assert {name: label_of(name) for name in names} == {name: label(name) for name in names}


def test_a_label_that_ends_in_a_point_ends_the_sentence():
    assert finding("field_required", field="customer_no").remedy == "Fill in Customer no."


def test_tables_are_named_as_people_name_them():
    assert table_name("ship_to_address") == "Ship-to address"
    assert table_name("app_user") == "User"
    assert table_name("vat_posting_setup") == "VAT posting setup"


def test_what_was_kept_back_on_payment_is_called_payment_discount():
    """As the statement calls it, whatever the ledger stores (D-129)."""
    assert choice("correction_of_remaining", "entry_type") == "Payment discount"
