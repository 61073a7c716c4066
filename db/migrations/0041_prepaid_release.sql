-- A run may release what was paid in advance (C-126 … C-136).

ALTER TABLE batch_run RENAME COLUMN kind TO kind_before;

ALTER TABLE batch_run ADD COLUMN kind CODE(30) NOT NULL DEFAULT 'post'
    CHECK (kind IN ('post', 'combine', 'close_orders', 'contract_invoices', 'release_prepaid'));

UPDATE batch_run SET kind = kind_before;

ALTER TABLE batch_run DROP COLUMN kind_before;

-- What still waits on the prepaid account, by day.
CREATE INDEX service_ledger_entry_prepaid ON service_ledger_entry (service_contract_no, posting_date)
    WHERE type = 'service_contract' AND entry_type = 'sale' AND NOT moved_from_prepaid AND NOT open;
