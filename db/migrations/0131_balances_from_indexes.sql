-- A customer's balance reads the open entries and their amounts; both now come from indexes alone.
DROP INDEX detailed_customer_entry_customer_entry_no;

CREATE INDEX detailed_customer_entry_customer_entry_no ON detailed_customer_entry (customer_entry_no, amount_lcy, amount);

CREATE INDEX detailed_customer_entry_document_no ON detailed_customer_entry (document_no);

-- What contracts billed is summed line by line.
DROP INDEX service_ledger_entry_of_contract;

CREATE INDEX service_ledger_entry_of_contract ON service_ledger_entry (service_contract_no, contract_line_no, period_from) WHERE type = 'service_contract';
