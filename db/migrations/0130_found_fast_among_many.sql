-- What was found by reading a whole table, or all that stands beside it, once there are tens of thousands of documents.

-- The warranty entries of an order, by the shipment lines that made them: few lines have one.
CREATE INDEX service_shipment_line_warranty ON service_shipment_line (warranty_entry_no) WHERE warranty_entry_no IS NOT NULL;

-- A document by the number that the customer gave it.
CREATE INDEX service_shipment_header_external ON service_shipment_header (external_document_no) WHERE external_document_no <> '';

CREATE INDEX service_invoice_header_external ON service_invoice_header (external_document_no) WHERE external_document_no <> '';

CREATE INDEX service_cr_memo_header_external ON service_cr_memo_header (external_document_no) WHERE external_document_no <> '';

-- What a contract billed, apart from what orders sold under it.
CREATE INDEX service_ledger_entry_of_contract ON service_ledger_entry (service_contract_no, entry_no) WHERE type = 'service_contract';

-- How many invoices are open and how many are overdue, from the index alone.
CREATE INDEX customer_ledger_entry_open_due ON customer_ledger_entry (due_date) WHERE open AND positive;
