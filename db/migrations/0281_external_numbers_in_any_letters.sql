-- A document by the number that the customer gave it, whatever its capital letters are: A to Z on both databases.

DROP INDEX service_shipment_header_external;

DROP INDEX service_invoice_header_external;

DROP INDEX service_cr_memo_header_external;

-- only: sqlite
CREATE INDEX service_shipment_header_external ON service_shipment_header (LOWER(external_document_no)) WHERE external_document_no <> '';

-- only: sqlite
CREATE INDEX service_invoice_header_external ON service_invoice_header (LOWER(external_document_no)) WHERE external_document_no <> '';

-- only: sqlite
CREATE INDEX service_cr_memo_header_external ON service_cr_memo_header (LOWER(external_document_no)) WHERE external_document_no <> '';

-- only: sqlite
CREATE INDEX customer_ledger_entry_payment_external ON customer_ledger_entry (LOWER(external_document_no)) WHERE document_type = 'payment' AND external_document_no <> '';

-- only: postgresql
CREATE INDEX service_shipment_header_external ON service_shipment_header (LOWER(external_document_no COLLATE "C")) WHERE external_document_no <> '';

-- only: postgresql
CREATE INDEX service_invoice_header_external ON service_invoice_header (LOWER(external_document_no COLLATE "C")) WHERE external_document_no <> '';

-- only: postgresql
CREATE INDEX service_cr_memo_header_external ON service_cr_memo_header (LOWER(external_document_no COLLATE "C")) WHERE external_document_no <> '';

-- only: postgresql
CREATE INDEX customer_ledger_entry_payment_external ON customer_ledger_entry (LOWER(external_document_no COLLATE "C")) WHERE document_type = 'payment' AND external_document_no <> '';
