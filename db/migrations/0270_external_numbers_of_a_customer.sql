-- Whether a customer's number was invoiced before (P-79): the same number comes from many customers.

DROP INDEX customer_ledger_entry_external_document_no;

CREATE INDEX customer_ledger_entry_external_document_no ON customer_ledger_entry (external_document_no, customer_no);
