-- The newest documents of a customer, from the index alone: searches by name and lists of one customer ask for them.

-- for each: service_shipment_header, service_invoice_header, service_cr_memo_header
DROP INDEX {table}_customer_no;

-- for each: service_shipment_header, service_invoice_header, service_cr_memo_header
CREATE INDEX {table}_customer_no ON {table} (customer_no, posting_date, no);
