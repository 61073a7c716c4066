-- SQLite looks for words in the newest documents first. With the searched columns beside the date it reads this index
-- alone, and no row but those that fit. (PostgreSQL reads the rows of a search in any case.)
-- only: sqlite
DROP INDEX service_shipment_header_posting_date_no;

-- only: sqlite
CREATE INDEX service_shipment_header_posting_date_no ON service_shipment_header (posting_date, no, customer_no, customer_name, order_no, external_document_no, your_reference);

-- only: sqlite
DROP INDEX service_invoice_header_posting_date_no;

-- only: sqlite
CREATE INDEX service_invoice_header_posting_date_no ON service_invoice_header (posting_date, no, customer_no, customer_name, order_no, external_document_no, your_reference);

-- only: sqlite
DROP INDEX service_cr_memo_header_posting_date_no;

-- only: sqlite
CREATE INDEX service_cr_memo_header_posting_date_no ON service_cr_memo_header (posting_date, no, customer_no, customer_name, applies_to_doc_no, cancels, external_document_no, your_reference);
