-- A run may make invoices of shipments, or close invoiced orders, in the same way as it posts (D-56 … D-63).

ALTER TABLE batch_run ADD COLUMN kind CODE(30) NOT NULL DEFAULT 'post' CHECK (kind IN ('post', 'combine', 'close_orders'));

ALTER TABLE batch_run ADD COLUMN options LONGTEXT NOT NULL DEFAULT '';

ALTER TABLE batch_run_document ADD COLUMN work LONGTEXT NOT NULL DEFAULT '';
