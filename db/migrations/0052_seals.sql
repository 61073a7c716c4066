-- A seal is written once, in the transaction that posts: it is over the rows as they stand, so it comes after them (R-1.10).

-- only: sqlite
DROP TRIGGER service_shipment_header_never_changes;

-- only: postgresql
DROP TRIGGER service_shipment_header_never_changes ON service_shipment_header;

-- only: sqlite
CREATE TRIGGER service_shipment_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, description, customer_no, customer_name, customer_address,
    customer_address_2, customer_post_code, customer_city, customer_country_code, contact_name, phone_no,
    e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address, bill_to_address_2,
    bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact, vat_registration_no, language_code,
    format_region, ship_to_code, ship_to_name, ship_to_address, ship_to_address_2, ship_to_post_code,
    ship_to_city, ship_to_country_code, ship_to_contact, service_zone_code, posting_date, document_date,
    vat_date, order_date, order_time, due_date, pmt_discount_date, pmt_discount_pct, response_date,
    response_time, starting_date, starting_time, finishing_date, finishing_time, payment_terms_code,
    payment_method_code, bal_account_type, bal_account_no, company_bank_account_code, currency_code,
    exchange_amount, relational_amount, prices_including_vat, allow_line_disc, invoice_disc_code,
    customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code, assigned_user,
    service_order_type, priority, contract_no, max_labor_unit_price, location_code, shipping_advice,
    combine_shipments, external_document_no, your_reference, posting_description, work_description, reason_code,
    correction, dim_1, dim_2, no, order_no, order_no_series, invoice_no
ON service_shipment_header BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_shipment_header');
END;

-- only: postgresql
CREATE TRIGGER service_shipment_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, description, customer_no, customer_name, customer_address,
    customer_address_2, customer_post_code, customer_city, customer_country_code, contact_name, phone_no,
    e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address, bill_to_address_2,
    bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact, vat_registration_no, language_code,
    format_region, ship_to_code, ship_to_name, ship_to_address, ship_to_address_2, ship_to_post_code,
    ship_to_city, ship_to_country_code, ship_to_contact, service_zone_code, posting_date, document_date,
    vat_date, order_date, order_time, due_date, pmt_discount_date, pmt_discount_pct, response_date,
    response_time, starting_date, starting_time, finishing_date, finishing_time, payment_terms_code,
    payment_method_code, bal_account_type, bal_account_no, company_bank_account_code, currency_code,
    exchange_amount, relational_amount, prices_including_vat, allow_line_disc, invoice_disc_code,
    customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code, assigned_user,
    service_order_type, priority, contract_no, max_labor_unit_price, location_code, shipping_advice,
    combine_shipments, external_document_no, your_reference, posting_description, work_description, reason_code,
    correction, dim_1, dim_2, no, order_no, order_no_series, invoice_no
ON service_shipment_header
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_shipment_header_is_sealed_once BEFORE UPDATE OF seal, seal_before ON service_shipment_header
    WHEN OLD.seal <> '' OR NEW.seal = '' BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_shipment_header');
END;

-- only: postgresql
CREATE TRIGGER service_shipment_header_is_sealed_once BEFORE UPDATE OF seal, seal_before ON service_shipment_header
    FOR EACH ROW WHEN (OLD.seal <> '' OR NEW.seal = '') EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
DROP TRIGGER service_invoice_header_never_changes;

-- only: postgresql
DROP TRIGGER service_invoice_header_never_changes ON service_invoice_header;

-- only: sqlite
CREATE TRIGGER service_invoice_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, pre_assigned_no, order_no, customer_entry_no, amount,
    amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no, customer_name,
    customer_address, customer_address_2, customer_post_code, customer_city, customer_country_code,
    contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address,
    bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact,
    vat_registration_no, language_code, format_region, ship_to_code, ship_to_name, ship_to_address,
    ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code, ship_to_contact,
    service_zone_code, posting_date, document_date, vat_date, order_date, order_time, due_date,
    pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, bal_account_type, bal_account_no, currency_code,
    exchange_amount, relational_amount, prices_including_vat, allow_line_disc, invoice_disc_code,
    customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code, assigned_user,
    service_order_type, priority, contract_no, max_labor_unit_price, location_code, shipping_advice,
    combine_shipments, external_document_no, your_reference, posting_description, work_description, reason_code,
    correction, dim_1, dim_2, no
ON service_invoice_header BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_invoice_header');
END;

-- only: postgresql
CREATE TRIGGER service_invoice_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, pre_assigned_no, order_no, customer_entry_no, amount,
    amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no, customer_name,
    customer_address, customer_address_2, customer_post_code, customer_city, customer_country_code,
    contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address,
    bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact,
    vat_registration_no, language_code, format_region, ship_to_code, ship_to_name, ship_to_address,
    ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code, ship_to_contact,
    service_zone_code, posting_date, document_date, vat_date, order_date, order_time, due_date,
    pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, bal_account_type, bal_account_no, currency_code,
    exchange_amount, relational_amount, prices_including_vat, allow_line_disc, invoice_disc_code,
    customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code, assigned_user,
    service_order_type, priority, contract_no, max_labor_unit_price, location_code, shipping_advice,
    combine_shipments, external_document_no, your_reference, posting_description, work_description, reason_code,
    correction, dim_1, dim_2, no
ON service_invoice_header
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_invoice_header_is_sealed_once BEFORE UPDATE OF seal, seal_before ON service_invoice_header
    WHEN OLD.seal <> '' OR NEW.seal = '' BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_invoice_header');
END;

-- only: postgresql
CREATE TRIGGER service_invoice_header_is_sealed_once BEFORE UPDATE OF seal, seal_before ON service_invoice_header
    FOR EACH ROW WHEN (OLD.seal <> '' OR NEW.seal = '') EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
DROP TRIGGER service_cr_memo_header_never_changes;

-- only: postgresql
DROP TRIGGER service_cr_memo_header_never_changes ON service_cr_memo_header;

-- only: sqlite
CREATE TRIGGER service_cr_memo_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, pre_assigned_no, order_no, customer_entry_no, amount,
    amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no, customer_name,
    customer_address, customer_address_2, customer_post_code, customer_city, customer_country_code,
    contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address,
    bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact,
    vat_registration_no, language_code, format_region, ship_to_code, ship_to_name, ship_to_address,
    ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code, ship_to_contact,
    service_zone_code, posting_date, document_date, vat_date, order_date, order_time, due_date,
    pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, exchange_amount, relational_amount, prices_including_vat,
    allow_line_disc, invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade,
    salesperson_code, assigned_user, service_order_type, priority, contract_no, max_labor_unit_price,
    location_code, shipping_advice, combine_shipments, external_document_no, your_reference,
    posting_description, work_description, reason_code, correction, dim_1, dim_2, no, cancels
ON service_cr_memo_header BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_cr_memo_header');
END;

-- only: postgresql
CREATE TRIGGER service_cr_memo_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, pre_assigned_no, order_no, customer_entry_no, amount,
    amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no, customer_name,
    customer_address, customer_address_2, customer_post_code, customer_city, customer_country_code,
    contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address,
    bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact,
    vat_registration_no, language_code, format_region, ship_to_code, ship_to_name, ship_to_address,
    ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code, ship_to_contact,
    service_zone_code, posting_date, document_date, vat_date, order_date, order_time, due_date,
    pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, exchange_amount, relational_amount, prices_including_vat,
    allow_line_disc, invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade,
    salesperson_code, assigned_user, service_order_type, priority, contract_no, max_labor_unit_price,
    location_code, shipping_advice, combine_shipments, external_document_no, your_reference,
    posting_description, work_description, reason_code, correction, dim_1, dim_2, no, cancels
ON service_cr_memo_header
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_cr_memo_header_is_sealed_once BEFORE UPDATE OF seal, seal_before ON service_cr_memo_header
    WHEN OLD.seal <> '' OR NEW.seal = '' BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_cr_memo_header');
END;

-- only: postgresql
CREATE TRIGGER service_cr_memo_header_is_sealed_once BEFORE UPDATE OF seal, seal_before ON service_cr_memo_header
    FOR EACH ROW WHEN (OLD.seal <> '' OR NEW.seal = '') EXECUTE FUNCTION posted_rows_never_change();
