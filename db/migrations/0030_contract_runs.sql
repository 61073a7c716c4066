-- A run may make the invoices of contracts that are due (C-84 … C-104). The column changes its check by giving way to
-- another of its name, which both databases can do.

ALTER TABLE batch_run RENAME COLUMN kind TO kind_before;

ALTER TABLE batch_run ADD COLUMN kind CODE(30) NOT NULL DEFAULT 'post'
    CHECK (kind IN ('post', 'combine', 'close_orders', 'contract_invoices'));

UPDATE batch_run SET kind = kind_before;

ALTER TABLE batch_run DROP COLUMN kind_before;
