-- The documents that were made of a contract are asked for with every look at it: by their source, however many there are.

CREATE INDEX service_document_register_source ON service_document_register (source_kind, source_no, destination_kind);

-- The triggers that let no day be billed twice look for the entries of one contract without saying that it is not blank,
-- so that an index over those that are not blank was never taken, and each entry looked through all of them.
DROP INDEX service_ledger_entry_contract;

CREATE INDEX service_ledger_entry_contract ON service_ledger_entry (service_contract_no, contract_line_no, period_from);
