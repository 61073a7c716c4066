"""`verify`: a clean company agrees; one changed row is found and named (R-1)."""

import pytest
from click.testing import CliRunner

from db.engine import dialect, transaction
from tests.builders import D, pack
from tests.posting.faults_text import table
from tests.posting.verified import faults
from tests.posting.worlds import ANNA, database_rows, enter_company, enter_order
from tests.samples import each
from webapp.posting.plan import REQUESTS
from webapp.posting.snapshot import DocumentKey
from webapp.store import drafts
from webapp.store.posting import post_document
from webapp.store.verify import WINDOW, _in_parts, _numbers

OPEN, CLOSED, CASH, EURO = (DocumentKey("order", f"SO-{n}") for n in (1, 2, 3, 4))


async def post(key: DocumentKey, option: str, **typed: dict[str, str]) -> None:
    for line, values in typed.items():
        changes = {name: D(value) for name, value in values.items()}
        saved = await drafts.change_line(ANNA, key, int(line.removeprefix("line_")), changes)
        assert saved.ok
    result = await post_document(ANNA, key, REQUESTS[option])
    assert result.ok, result.findings


async def some_postings() -> None:
    """An order under way, one that closed with a warranty entry, one paid in cash, one in EUR."""
    await enter_company(pack())
    await enter_order("C-GOOD", ["10000 resource LINA qty 5", "20000 item FILTER qty 4"], no="SO-1")
    await post(OPEN, "ship", line_10000={"qty_to_ship": "3"}, line_20000={"qty_to_ship": "3"})
    await post(OPEN, "ship_and_consume", line_10000={"qty_to_consume": "1"}, line_20000={"qty_to_consume": "1"})
    await post(OPEN, "invoice", line_10000={"qty_to_invoice": "2"}, line_20000={"qty_to_invoice": "2"})
    lines = ["10000 item PUMP qty 1 on 10000", "20000 resource LINA qty 2", "30000 text thank you"]
    await enter_order("C-GOOD", lines, ["10000 MIXER"], no="SO-2")
    await post(CLOSED, "ship_and_invoice")
    await enter_order("C-CASH", ["10000 item BOOK qty 3 disc 10", "20000 cost TRAVEL qty 1"], no="SO-3")
    await post(CASH, "ship_and_invoice")
    await enter_order(
        "C-EURO", ["10000 item CARD qty 7 price 3.33", "20000 resource LINA qty 2.5 price 12.07"], no="SO-4"
    )
    await post(EURO, "ship_and_invoice")


async def tamper(*statements: str) -> None:
    """Changes rows as only somebody can who has the database itself: without triggers and references."""
    async with transaction() as session:
        if dialect() == "sqlite":
            names = await session.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in names:
                await session.execute(f"DROP TRIGGER {name}")
        else:
            await session.execute("SET LOCAL session_replication_role = replica")
        for sql in statements:
            assert await session.execute(sql) == 1, sql


async def test_a_company_at_work_agrees(database: str):
    await some_postings()
    assert await faults() == []


# What is changed | how it is found, and the row that is named
TAMPERED = """
UPDATE gl_entry SET amount = amount + 1, debit_amount = debit_amount + 1 WHERE entry_no = 1 | R-1.1 posting_run 2
UPDATE gl_entry SET document_no = 'S-9' WHERE entry_no = 1                      | R-1.1 document S-9
UPDATE gl_entry SET posting_date = '2025-03-11' WHERE entry_no = 1              | R-1.1 document S-1 of 2025-03-11
UPDATE gl_entry SET gl_account_no = '9140' WHERE gl_account_no = '2310' AND document_no = 'I-1' | R-1.2 gl_account 2310
UPDATE customer_ledger_entry SET open = FALSE WHERE document_no = 'I-1'         | R-1.2 customer_ledger_entry 1
UPDATE detailed_customer_entry SET amount_lcy = amount_lcy - 1 WHERE document_no = 'I-1' | R-1.2 gl_account 2310
UPDATE detailed_customer_entry SET amount = amount - 1 WHERE document_no = 'I-1' | R-1.3 service_invoice_header I-1
UPDATE detailed_customer_entry SET entry_type = 'realized_gain' WHERE document_no = 'I-1' | R-1.2 customer_ledger_entry 1
UPDATE detailed_customer_entry SET customer_no = 'C-EU' WHERE document_no = 'I-1' | R-1.2 detailed_customer_entry 1
DELETE FROM detailed_customer_entry WHERE document_no = 'I-1'                   | R-1.2 customer_ledger_entry 1
UPDATE customer_balance SET amount = amount + 1 WHERE customer_no = 'C-EURO'    | R-1.2 balance of customer C-EURO in EUR on
UPDATE customer_balance SET amount_lcy = amount_lcy + 1 WHERE customer_no = 'C-GOOD' | R-1.2 balance of customer C-GOOD in own currency on
DELETE FROM customer_balance WHERE customer_no = 'C-GOOD'                       | R-1.2 balance of customer C-GOOD in own currency on
UPDATE vat_entry SET amount = amount + 1 WHERE entry_no = 1                     | R-1.3 VAT DOM / VAT25 of document I-1
UPDATE vat_entry SET base = base + 1 WHERE entry_no = 1                         | R-1.3 vat_entry 1
UPDATE vat_entry SET vat_pct = 2400000 WHERE entry_no = 1                       | R-1.3 vat_entry 1
UPDATE vat_entry SET gl_entry_no = 99 WHERE entry_no = 1                        | R-1.3 vat_entry 1
UPDATE posted_vat_line SET amount_lcy = amount_lcy + 1 WHERE document_no = 'I-1' | R-1.3 posted VAT of invoice I-1
UPDATE posted_vat_line SET base = base + 1 WHERE document_no = 'I-1'            | R-1.3 service_invoice_header I-1
UPDATE service_invoice_header SET amount = amount + 1 WHERE no = 'I-1'          | R-1.3 service_invoice_header I-1
UPDATE service_invoice_line SET amount_including_vat = amount_including_vat + 1 WHERE document_no = 'I-1' AND line_no = 10000 | R-1.3 service_invoice_header I-1
UPDATE value_entry SET cost_posted_to_gl = cost_posted_to_gl + 1 WHERE document_no = 'I-1' | R-1.4 cost of document I-1
UPDATE value_entry SET invoiced_quantity = -100000 WHERE document_no = 'I-1'    | R-1.4 item_ledger_entry 6
UPDATE value_entry SET cost_amount_expected = 0 WHERE document_no = 'I-2' AND item_no = 'PUMP' |
UPDATE value_entry SET cost_amount_expected = 1 WHERE document_no = 'I-2' AND item_no = 'PUMP' | R-1.4 item_ledger_entry
UPDATE value_entry SET sales_amount_actual = 1 WHERE document_no = 'I-1'        | R-1.7 sales in value entries of I-1 line 20000
UPDATE item_ledger_entry SET remaining_quantity = remaining_quantity + 1 WHERE item_no = 'FILTER' AND positive | R-1.4 item_ledger_entry 2
UPDATE item_ledger_entry SET open = FALSE WHERE item_no = 'FILTER' AND positive | R-1.4 item_ledger_entry 2
UPDATE item_application SET quantity = quantity - 1 WHERE id = 1                | R-1.4 item_ledger_entry
UPDATE item_ledger_entry SET completely_invoiced = FALSE WHERE item_no = 'PUMP' AND NOT positive | R-1.4 item_ledger_entry
UPDATE service_line SET quantity_shipped = 500000, outstanding_qty = 0, qty_shipped_not_invoiced = 200000 WHERE line_no = 10000 | R-1.5 order SO-1 line 10000
UPDATE service_line SET qty_shipped_not_invoiced = 0 WHERE line_no = 10000      | R-1.5 order SO-1 line 10000
UPDATE service_line SET quantity_invoiced = 100000, qty_shipped_not_invoiced = 200000 WHERE line_no = 10000 | R-1.5 order SO-1 line 10000
DELETE FROM service_header WHERE no = 'SO-1'                                    | R-1.5 service_shipment_line 10000 of S-1
UPDATE service_shipment_line SET quantity_invoiced = 100000, qty_shipped_not_invoiced = 200000 WHERE document_no = 'S-1' AND line_no = 10000 | R-1.6
UPDATE service_invoice_line SET quantity = 100000 WHERE document_no = 'I-1' AND line_no = 10000 | R-1.6 shipments of order SO-1 line 10000
UPDATE service_ledger_entry SET quantity = 100000 WHERE document_no = 'S-1' AND no = 'LINA' | R-1.7 service usage of S-1 line 10000
UPDATE service_ledger_entry SET amount_lcy = 1 WHERE document_no = 'I-1' AND no = 'LINA' | R-1.7 service sale of I-1 line 10000
UPDATE service_ledger_entry SET entry_type = 'usage' WHERE entry_type = 'consume' AND no = 'LINA' | R-1.7 service consumption of S-2 line 10000
UPDATE resource_ledger_entry SET quantity = 1 WHERE document_no = 'S-1'         | R-1.7 resource usage of S-1 line 10000
UPDATE resource_ledger_entry SET total_price = 1 WHERE document_no = 'I-1'      | R-1.7 resource sale of I-1 line 10000
UPDATE warranty_ledger_entry SET quantity = 1 WHERE no = 'PUMP'                 | R-1.7 warranty entry of S-3 line 10000
UPDATE service_shipment_line SET service_entry_no = 99 WHERE document_no = 'S-1' AND line_no = 10000 | R-1.7 service_shipment_line 10000 of S-1
UPDATE service_invoice_header SET no_series = NULL WHERE no = 'I-1' | R-1.9 number I-1 of series INVOICES
UPDATE service_invoice_header SET no_series = 'ORDERS' WHERE no = 'I-2'         | R-1.9 number I-2 of series INVOICES
UPDATE number_series_line SET last_no_used = 'I-5' WHERE series_code = 'INVOICES' | R-1.9 number I-5 of series INVOICES
UPDATE number_series_line SET last_no_used = 'I-3' WHERE series_code = 'INVOICES' | R-1.9 series INVOICES
"""  # noqa: E501


@pytest.mark.parametrize(("statement", "named"), each(4, table(TAMPERED), pytest.mark.once))
async def test_one_changed_row_is_found_and_named(database: str, statement: str, named: str):
    await some_postings()
    await tamper(statement)
    found = await faults()
    if not named:
        assert found == []
        return
    assert any(fault.startswith(named) for fault in found), found


async def test_dates_of_a_series_in_date_order(database: str):
    await some_postings()
    await tamper("UPDATE number_series SET date_order = TRUE WHERE code = 'INVOICES'")
    assert await faults() == []
    await tamper("UPDATE service_invoice_header SET posting_date = '2025-03-09' WHERE no = 'I-3'")
    assert any(
        fault.startswith("R-1.9 number I-3 of series INVOICES: 2025-03-09 is before") for fault in await faults()
    )


async def test_every_ledger_of_the_tampered_company_has_rows(database: str):
    """So that no rule above agrees because there is nothing to look at."""
    await some_postings()
    for name in ("gl", "vat", "customer_ledger", "item_ledger", "value", "resource_ledger", "service_ledger"):
        assert len(await database_rows(f"SELECT * FROM {name}_entry")) > 3, name
    assert len(await database_rows("SELECT * FROM warranty_ledger_entry")) == 1


def test_numbers_of_a_series():
    assert list(_numbers("I-09", "I-12", 1)) == ["I-09", "I-10", "I-11", "I-12"]
    assert list(_numbers("I-1/A", "I-5/A", 2)) == ["I-1/A", "I-3/A", "I-5/A"]
    assert sum(map(len, _in_parts(iter("abc" * WINDOW)))) == 3 * WINDOW


def test_the_command_says_so_and_exits(fresh_database_url: str, monkeypatch: pytest.MonkeyPatch):
    from webapp.commands.verify import command

    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    done = CliRunner().invoke(command)
    assert (done.exit_code, done.output) == (0, "Every row agrees.\n")
