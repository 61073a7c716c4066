-- Which posted invoice and line a credit memo's line takes back, so that nothing is credited twice; which credit memo
-- a batch posted.

ALTER TABLE service_line ADD COLUMN invoice_no CODE(20) REFERENCES service_invoice_header (no);

ALTER TABLE service_line ADD COLUMN invoice_line_no INT NOT NULL DEFAULT 0;

CREATE INDEX service_line_invoice ON service_line (invoice_no, invoice_line_no) WHERE invoice_no IS NOT NULL;

ALTER TABLE service_cr_memo_line ADD COLUMN invoice_no CODE(20) REFERENCES service_invoice_header (no);

ALTER TABLE service_cr_memo_line ADD COLUMN invoice_line_no INT NOT NULL DEFAULT 0;

CREATE INDEX service_cr_memo_line_invoice ON service_cr_memo_line (invoice_no, invoice_line_no)
    WHERE invoice_no IS NOT NULL;

-- What goods came back, by the item entry that they had left with.
CREATE INDEX service_cr_memo_line_returned ON service_cr_memo_line (appl_from_item_entry)
    WHERE appl_from_item_entry IS NOT NULL;

-- The credit memos of an invoice, for its chain.
CREATE INDEX service_cr_memo_header_cancels ON service_cr_memo_header (cancels) WHERE cancels <> '';

CREATE INDEX service_cr_memo_header_applies_to ON service_cr_memo_header (applies_to_doc_no)
    WHERE applies_to_doc_no <> '';

CREATE INDEX customer_ledger_entry_applies_to_id ON customer_ledger_entry (applies_to_id) WHERE applies_to_id <> '';

ALTER TABLE batch_run_document ADD COLUMN credit_memo_no CODE(20) NOT NULL DEFAULT '';
