-- How the amounts of a posted document were rounded: what the set-up said on the day, so that they can be calculated again
-- whatever it says today. Precision 0: posted before this was kept.

ALTER TABLE service_invoice_header ADD COLUMN amount_rounding_precision SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_invoice_header ADD COLUMN lcy_rounding_precision SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_invoice_header ADD COLUMN vat_rounding_type CODE(10) NOT NULL DEFAULT '';

ALTER TABLE service_invoice_header ADD COLUMN inv_rounding_precision SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_invoice_header ADD COLUMN inv_rounding_type CODE(10) NOT NULL DEFAULT '';

ALTER TABLE service_invoice_header ADD COLUMN inv_rounding_account CODE(20) NOT NULL DEFAULT '';

ALTER TABLE service_invoice_header ADD COLUMN inv_disc_per_vat_id BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE service_invoice_header ADD COLUMN inv_discount_pct PERCENT NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_header ADD COLUMN amount_rounding_precision SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_header ADD COLUMN lcy_rounding_precision SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_header ADD COLUMN vat_rounding_type CODE(10) NOT NULL DEFAULT '';

ALTER TABLE service_cr_memo_header ADD COLUMN inv_rounding_precision SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_cr_memo_header ADD COLUMN inv_rounding_type CODE(10) NOT NULL DEFAULT '';

ALTER TABLE service_cr_memo_header ADD COLUMN inv_rounding_account CODE(20) NOT NULL DEFAULT '';

ALTER TABLE service_cr_memo_header ADD COLUMN inv_disc_per_vat_id BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE service_cr_memo_header ADD COLUMN inv_discount_pct PERCENT NOT NULL DEFAULT 0;

-- only: sqlite
-- for each: service_invoice_header, service_cr_memo_header
CREATE TRIGGER {table}_rounding_never_changes BEFORE UPDATE OF
    amount_rounding_precision, lcy_rounding_precision, vat_rounding_type, inv_rounding_precision, inv_rounding_type,
    inv_rounding_account, inv_disc_per_vat_id, inv_discount_pct
ON {table} BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: {table}');
END;

-- only: postgresql
-- for each: service_invoice_header, service_cr_memo_header
CREATE TRIGGER {table}_rounding_never_changes BEFORE UPDATE OF
    amount_rounding_precision, lcy_rounding_precision, vat_rounding_type, inv_rounding_precision, inv_rounding_type,
    inv_rounding_account, inv_disc_per_vat_id, inv_discount_pct
ON {table}
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

DROP VIEW service_invoice_header_decimal;

CREATE VIEW service_invoice_header_decimal AS SELECT
    no_series, posting_run_no, user_name, printed, seal, seal_before, pre_assigned_no, order_no,
    customer_entry_no, DECIMAL(amount, 5) AS amount, DECIMAL(amount_including_vat, 5) AS amount_including_vat,
    applies_to_doc_type, applies_to_doc_no, description, customer_no, customer_name, customer_address,
    customer_address_2, customer_post_code, customer_city, customer_country_code, contact_name, phone_no,
    e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address, bill_to_address_2,
    bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact, vat_registration_no, language_code,
    format_region, ship_to_code, ship_to_name, ship_to_address, ship_to_address_2, ship_to_post_code,
    ship_to_city, ship_to_country_code, ship_to_contact, service_zone_code, posting_date, document_date,
    vat_date, order_date, order_time, due_date, pmt_discount_date, DECIMAL(pmt_discount_pct, 5) AS
    pmt_discount_pct, response_date, response_time, starting_date, starting_time, finishing_date,
    finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, DECIMAL(exchange_amount, 6) AS exchange_amount,
    DECIMAL(relational_amount, 6) AS relational_amount, prices_including_vat, allow_line_disc,
    invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code,
    assigned_user, service_order_type, priority, contract_no, DECIMAL(max_labor_unit_price, 5) AS
    max_labor_unit_price, location_code, shipping_advice, combine_shipments, external_document_no,
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no,
    cancelled_by, payment_reference,
    DECIMAL(amount_rounding_precision, 5) AS amount_rounding_precision,
    DECIMAL(lcy_rounding_precision, 5) AS lcy_rounding_precision, vat_rounding_type, DECIMAL(inv_rounding_precision, 5) AS
    inv_rounding_precision, inv_rounding_type, inv_rounding_account, inv_disc_per_vat_id, DECIMAL(inv_discount_pct, 5) AS
    inv_discount_pct
FROM service_invoice_header;

DROP VIEW service_cr_memo_header_decimal;

CREATE VIEW service_cr_memo_header_decimal AS SELECT
    no_series, posting_run_no, user_name, printed, seal, seal_before, pre_assigned_no, order_no,
    customer_entry_no, DECIMAL(amount, 5) AS amount, DECIMAL(amount_including_vat, 5) AS amount_including_vat,
    applies_to_doc_type, applies_to_doc_no, description, customer_no, customer_name, customer_address,
    customer_address_2, customer_post_code, customer_city, customer_country_code, contact_name, phone_no,
    e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address, bill_to_address_2,
    bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact, vat_registration_no, language_code,
    format_region, ship_to_code, ship_to_name, ship_to_address, ship_to_address_2, ship_to_post_code,
    ship_to_city, ship_to_country_code, ship_to_contact, service_zone_code, posting_date, document_date,
    vat_date, order_date, order_time, due_date, pmt_discount_date, DECIMAL(pmt_discount_pct, 5) AS
    pmt_discount_pct, response_date, response_time, starting_date, starting_time, finishing_date,
    finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, DECIMAL(exchange_amount, 6) AS exchange_amount,
    DECIMAL(relational_amount, 6) AS relational_amount, prices_including_vat, allow_line_disc,
    invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code,
    assigned_user, service_order_type, priority, contract_no, DECIMAL(max_labor_unit_price, 5) AS
    max_labor_unit_price, location_code, shipping_advice, combine_shipments, external_document_no,
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no, cancels,
    DECIMAL(amount_rounding_precision, 5) AS amount_rounding_precision,
    DECIMAL(lcy_rounding_precision, 5) AS lcy_rounding_precision, vat_rounding_type, DECIMAL(inv_rounding_precision, 5) AS
    inv_rounding_precision, inv_rounding_type, inv_rounding_account, inv_disc_per_vat_id, DECIMAL(inv_discount_pct, 5) AS
    inv_discount_pct
FROM service_cr_memo_header;
