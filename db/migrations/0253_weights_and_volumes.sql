-- What an item weighs and takes up, and how many go into a parcel, for the statistics of documents (D-113, D-114). A posted line
-- keeps what the item said on the day: what an invoice or a shipment told stays true, whatever is weighed anew later. Lines
-- posted before this have 0, which says nothing.

ALTER TABLE item ADD COLUMN units_per_parcel SCALED NOT NULL DEFAULT 0;

ALTER TABLE item ADD COLUMN net_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE item ADD COLUMN gross_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE item ADD COLUMN unit_volume SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_shipment_line ADD COLUMN units_per_parcel SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_shipment_line ADD COLUMN net_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_shipment_line ADD COLUMN gross_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_shipment_line ADD COLUMN unit_volume SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_invoice_line ADD COLUMN units_per_parcel SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_invoice_line ADD COLUMN net_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_invoice_line ADD COLUMN gross_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_invoice_line ADD COLUMN unit_volume SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_line ADD COLUMN units_per_parcel SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_line ADD COLUMN net_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_line ADD COLUMN gross_weight SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_line ADD COLUMN unit_volume SCALED NOT NULL DEFAULT 0;

-- only: sqlite
CREATE TRIGGER service_shipment_line_measures_never_change BEFORE UPDATE OF
    units_per_parcel, net_weight, gross_weight, unit_volume
ON service_shipment_line BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_shipment_line');
END;

-- only: postgresql
CREATE TRIGGER service_shipment_line_measures_never_change BEFORE UPDATE OF
    units_per_parcel, net_weight, gross_weight, unit_volume
ON service_shipment_line
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

DROP VIEW service_shipment_line_decimal;

CREATE VIEW service_shipment_line_decimal AS SELECT
    type, no, variant_code, description, description_2, service_item_line_no, service_item_no, uom,
    DECIMAL(qty_per_uom, 5) AS qty_per_uom, DECIMAL(unit_price, 5) AS unit_price, DECIMAL(unit_cost, 5) AS
    unit_cost, DECIMAL(unit_cost_lcy, 5) AS unit_cost_lcy, DECIMAL(line_discount_pct, 5) AS line_discount_pct,
    line_discount_type, allow_invoice_disc, allow_line_disc, gen_bus_group, gen_prod_group, vat_bus_group,
    vat_prod_group, vat_identifier, DECIMAL(vat_pct, 5) AS vat_pct, vat_calculation_type, posting_group,
    posting_date, order_date, location_code, work_type_code, warranty, exclude_warranty,
    exclude_contract_discount, DECIMAL(warranty_disc_pct, 5) AS warranty_disc_pct, DECIMAL(contract_disc_pct, 5)
    AS contract_disc_pct, contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, attached_to_line_no, system_created, appl_to_item_entry, appl_from_item_entry,
    appl_to_service_entry, dim_1, dim_2, id, document_no, line_no, DECIMAL(quantity, 5) AS quantity,
    DECIMAL(quantity_invoiced, 5) AS quantity_invoiced, DECIMAL(quantity_consumed, 5) AS quantity_consumed,
    DECIMAL(qty_shipped_not_invoiced, 5) AS qty_shipped_not_invoiced, DECIMAL(quantity_base, 5) AS
    quantity_base, DECIMAL(quantity_invoiced_base, 5) AS quantity_invoiced_base, DECIMAL(quantity_consumed_base,
    5) AS quantity_consumed_base, DECIMAL(qty_shipped_not_invoiced_base, 5) AS qty_shipped_not_invoiced_base,
    order_no, order_line_no, item_entry_no, service_entry_no, warranty_entry_no, correction,
    correction_of_line_no,
    DECIMAL(units_per_parcel, 5) AS units_per_parcel, DECIMAL(net_weight, 5) AS net_weight,
    DECIMAL(gross_weight, 5) AS gross_weight, DECIMAL(unit_volume, 5) AS unit_volume
FROM service_shipment_line;

DROP VIEW service_invoice_line_decimal;

CREATE VIEW service_invoice_line_decimal AS SELECT
    DECIMAL(line_discount_amount, 5) AS line_discount_amount, DECIMAL(line_amount, 5) AS line_amount,
    DECIMAL(inv_discount_amount, 5) AS inv_discount_amount, DECIMAL(amount, 5) AS amount,
    DECIMAL(amount_including_vat, 5) AS amount_including_vat, DECIMAL(vat_base_amount, 5) AS vat_base_amount,
    type, no, variant_code, description, description_2, service_item_line_no, service_item_no, uom,
    DECIMAL(qty_per_uom, 5) AS qty_per_uom, DECIMAL(unit_price, 5) AS unit_price, DECIMAL(unit_cost, 5) AS
    unit_cost, DECIMAL(unit_cost_lcy, 5) AS unit_cost_lcy, DECIMAL(line_discount_pct, 5) AS line_discount_pct,
    line_discount_type, allow_invoice_disc, allow_line_disc, gen_bus_group, gen_prod_group, vat_bus_group,
    vat_prod_group, vat_identifier, DECIMAL(vat_pct, 5) AS vat_pct, vat_calculation_type, posting_group,
    posting_date, order_date, location_code, work_type_code, warranty, exclude_warranty,
    exclude_contract_discount, DECIMAL(warranty_disc_pct, 5) AS warranty_disc_pct, DECIMAL(contract_disc_pct, 5)
    AS contract_disc_pct, contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, attached_to_line_no, system_created, appl_to_item_entry, appl_from_item_entry,
    appl_to_service_entry, dim_1, dim_2, line_no, DECIMAL(quantity, 5) AS quantity, DECIMAL(quantity_base, 5) AS
    quantity_base, shipment_no, shipment_line_no, order_no, order_line_no, DECIMAL(amount_lcy, 5) AS amount_lcy,
    DECIMAL(amount_including_vat_lcy, 5) AS amount_including_vat_lcy, item_entry_no, id, document_no,
    DECIMAL(units_per_parcel, 5) AS units_per_parcel, DECIMAL(net_weight, 5) AS net_weight,
    DECIMAL(gross_weight, 5) AS gross_weight, DECIMAL(unit_volume, 5) AS unit_volume
FROM service_invoice_line;

DROP VIEW service_cr_memo_line_decimal;

CREATE VIEW service_cr_memo_line_decimal AS SELECT
    DECIMAL(line_discount_amount, 5) AS line_discount_amount, DECIMAL(line_amount, 5) AS line_amount,
    DECIMAL(inv_discount_amount, 5) AS inv_discount_amount, DECIMAL(amount, 5) AS amount,
    DECIMAL(amount_including_vat, 5) AS amount_including_vat, DECIMAL(vat_base_amount, 5) AS vat_base_amount,
    type, no, variant_code, description, description_2, service_item_line_no, service_item_no, uom,
    DECIMAL(qty_per_uom, 5) AS qty_per_uom, DECIMAL(unit_price, 5) AS unit_price, DECIMAL(unit_cost, 5) AS
    unit_cost, DECIMAL(unit_cost_lcy, 5) AS unit_cost_lcy, DECIMAL(line_discount_pct, 5) AS line_discount_pct,
    line_discount_type, allow_invoice_disc, allow_line_disc, gen_bus_group, gen_prod_group, vat_bus_group,
    vat_prod_group, vat_identifier, DECIMAL(vat_pct, 5) AS vat_pct, vat_calculation_type, posting_group,
    posting_date, order_date, location_code, work_type_code, warranty, exclude_warranty,
    exclude_contract_discount, DECIMAL(warranty_disc_pct, 5) AS warranty_disc_pct, DECIMAL(contract_disc_pct, 5)
    AS contract_disc_pct, contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, attached_to_line_no, system_created, appl_to_item_entry, appl_from_item_entry,
    appl_to_service_entry, dim_1, dim_2, line_no, DECIMAL(quantity, 5) AS quantity, DECIMAL(quantity_base, 5) AS
    quantity_base, shipment_no, shipment_line_no, order_no, order_line_no, DECIMAL(amount_lcy, 5) AS amount_lcy,
    DECIMAL(amount_including_vat_lcy, 5) AS amount_including_vat_lcy, item_entry_no, id, document_no,
    invoice_no, invoice_line_no, DECIMAL(units_per_parcel, 5) AS units_per_parcel, DECIMAL(net_weight, 5) AS net_weight,
    DECIMAL(gross_weight, 5) AS gross_weight, DECIMAL(unit_volume, 5) AS unit_volume
FROM service_cr_memo_line;
