-- What was posted after a day, and what moved one customer's account: read from the index alone, in the order of the runs.
CREATE INDEX detailed_customer_entry_posting_date ON detailed_customer_entry (posting_date);

DROP INDEX detailed_customer_entry_customer_no;

CREATE INDEX detailed_customer_entry_customer_no ON detailed_customer_entry (customer_no, posting_date, posting_run_no, currency_code, amount);

-- A customer's last payment, however many invoices there are.
CREATE INDEX customer_ledger_entry_payment ON customer_ledger_entry (customer_no, posting_date, entry_no) WHERE document_type = 'payment';
