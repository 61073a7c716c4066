-- Labour of contracts is discounted by the group of the resource; runs may create the service orders of contracts.
ALTER TABLE resource ADD COLUMN resource_group CODE(20) NOT NULL DEFAULT '';

ALTER TABLE batch_run RENAME COLUMN kind TO kind_before;

ALTER TABLE batch_run ADD COLUMN kind CODE(30) NOT NULL DEFAULT 'post'
    CHECK (kind IN ('post', 'combine', 'close_orders', 'contract_invoices', 'release_prepaid', 'print', 'contract_orders'));

UPDATE batch_run SET kind = kind_before;

ALTER TABLE batch_run DROP COLUMN kind_before;

CREATE INDEX service_item_line_contract ON service_item_line (contract_no, contract_line_no) WHERE contract_no <> '';
