-- The newest open entries, however many are closed.
CREATE INDEX customer_ledger_entry_open_no ON customer_ledger_entry (entry_no) WHERE open;
