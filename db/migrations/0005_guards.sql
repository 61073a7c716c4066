-- Posted and ledger rows never change, but for the columns that O-44 names; set-up changes draw a new version.

-- only: postgresql
CREATE FUNCTION posted_rows_never_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'posted rows never change: %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$ LANGUAGE plpgsql;

-- only: sqlite
CREATE TRIGGER posting_run_never_changes BEFORE UPDATE ON posting_run BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: posting_run');
END;

-- only: postgresql
CREATE TRIGGER posting_run_never_changes BEFORE UPDATE ON posting_run
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER gl_entry_never_changes BEFORE UPDATE ON gl_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: gl_entry');
END;

-- only: postgresql
CREATE TRIGGER gl_entry_never_changes BEFORE UPDATE ON gl_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER vat_entry_never_changes BEFORE UPDATE ON vat_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: vat_entry');
END;

-- only: postgresql
CREATE TRIGGER vat_entry_never_changes BEFORE UPDATE ON vat_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER customer_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, customer_no, sell_to_customer_no, document_date,
    pmt_discount_date, document_type, document_no, external_document_no, your_reference, description,
    currency_code, exchange_amount, relational_amount, sales_lcy, profit_lcy, inv_discount_lcy,
    original_pmt_disc_possible, positive, payment_terms_code, salesperson_code, reason_code,
    customer_posting_group, receivables_account, dim_1, dim_2
ON customer_ledger_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: customer_ledger_entry');
END;

-- only: postgresql
CREATE TRIGGER customer_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, customer_no, sell_to_customer_no, document_date,
    pmt_discount_date, document_type, document_no, external_document_no, your_reference, description,
    currency_code, exchange_amount, relational_amount, sales_lcy, profit_lcy, inv_discount_lcy,
    original_pmt_disc_possible, positive, payment_terms_code, salesperson_code, reason_code,
    customer_posting_group, receivables_account, dim_1, dim_2
ON customer_ledger_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER detailed_customer_entry_never_changes BEFORE UPDATE ON detailed_customer_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: detailed_customer_entry');
END;

-- only: postgresql
CREATE TRIGGER detailed_customer_entry_never_changes BEFORE UPDATE ON detailed_customer_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER item_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, item_no, variant_code, location_code, entry_type, document_type,
    document_no, document_line_no, document_date, external_document_no, quantity, uom, qty_per_uom, positive,
    applied_entry_to_adjust, source_type, source_no, country_code, order_no, order_line_no, dim_1, dim_2
ON item_ledger_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: item_ledger_entry');
END;

-- only: postgresql
CREATE TRIGGER item_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, item_no, variant_code, location_code, entry_type, document_type,
    document_no, document_line_no, document_date, external_document_no, quantity, uom, qty_per_uom, positive,
    applied_entry_to_adjust, source_type, source_no, country_code, order_no, order_line_no, dim_1, dim_2
ON item_ledger_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER item_application_never_changes BEFORE UPDATE ON item_application BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: item_application');
END;

-- only: postgresql
CREATE TRIGGER item_application_never_changes BEFORE UPDATE ON item_application
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER value_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, item_ledger_entry_no, item_no, location_code, document_type,
    document_no, document_line_no, document_date, item_ledger_entry_quantity, valued_quantity,
    invoiced_quantity, cost_per_unit, sales_amount_expected, sales_amount_actual, cost_amount_expected,
    cost_amount_actual, discount_amount, expected_cost, gen_bus_group, gen_prod_group,
    inventory_posting_group, source_no, salesperson_code, dim_1, dim_2
ON value_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: value_entry');
END;

-- only: postgresql
CREATE TRIGGER value_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, item_ledger_entry_no, item_no, location_code, document_type,
    document_no, document_line_no, document_date, item_ledger_entry_quantity, valued_quantity,
    invoiced_quantity, cost_per_unit, sales_amount_expected, sales_amount_actual, cost_amount_expected,
    cost_amount_actual, discount_amount, expected_cost, gen_bus_group, gen_prod_group,
    inventory_posting_group, source_no, salesperson_code, dim_1, dim_2
ON value_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER resource_ledger_entry_never_changes BEFORE UPDATE ON resource_ledger_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: resource_ledger_entry');
END;

-- only: postgresql
CREATE TRIGGER resource_ledger_entry_never_changes BEFORE UPDATE ON resource_ledger_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, entry_type, type, no, description, document_line_no,
    external_document_no, customer_no, bill_to_customer_no, ship_to_code, service_order_no,
    service_contract_no, contract_account_group, contract_group_code, service_order_type, service_item_no,
    item_no_serviced, serial_no_serviced, variant_code_serviced, quantity, charged_qty, unit_cost,
    cost_amount, unit_price, discount_pct, discount_amount, contract_disc_amount, amount_lcy, amount, prepaid,
    applies_to_entry_no, gen_bus_group, gen_prod_group, location_code, uom, work_type_code, fault_reason_code,
    dim_1, dim_2, user_name
ON service_ledger_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_ledger_entry');
END;

-- only: postgresql
CREATE TRIGGER service_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, entry_type, type, no, description, document_line_no,
    external_document_no, customer_no, bill_to_customer_no, ship_to_code, service_order_no,
    service_contract_no, contract_account_group, contract_group_code, service_order_type, service_item_no,
    item_no_serviced, serial_no_serviced, variant_code_serviced, quantity, charged_qty, unit_cost,
    cost_amount, unit_price, discount_pct, discount_amount, contract_disc_amount, amount_lcy, amount, prepaid,
    applies_to_entry_no, gen_bus_group, gen_prod_group, location_code, uom, work_type_code, fault_reason_code,
    dim_1, dim_2, user_name
ON service_ledger_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER warranty_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, document_no, document_line_no, customer_no, bill_to_customer_no,
    ship_to_code, service_item_no, item_no_serviced, serial_no_serviced, service_item_group, service_order_no,
    service_order_line_no, service_contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, type, no, description, quantity, uom, work_type_code, amount, vendor_no, vendor_item_no,
    gen_bus_group, gen_prod_group, dim_1, dim_2
ON warranty_ledger_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: warranty_ledger_entry');
END;

-- only: postgresql
CREATE TRIGGER warranty_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, document_no, document_line_no, customer_no, bill_to_customer_no,
    ship_to_code, service_item_no, item_no_serviced, serial_no_serviced, service_item_group, service_order_no,
    service_order_line_no, service_contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, type, no, description, quantity, uom, work_type_code, amount, vendor_no, vendor_item_no,
    gen_bus_group, gen_prod_group, dim_1, dim_2
ON warranty_ledger_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_shipment_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, seal, seal_before, description, customer_no, customer_name,
    customer_address, customer_address_2, customer_post_code, customer_city, customer_country_code,
    contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address,
    bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact,
    vat_registration_no, language_code, format_region, ship_to_code, ship_to_name, ship_to_address,
    ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code, ship_to_contact,
    service_zone_code, posting_date, document_date, vat_date, order_date, order_time, due_date,
    pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, exchange_amount, relational_amount, prices_including_vat,
    allow_line_disc, invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group,
    eu_3_party_trade, salesperson_code, assigned_user, service_order_type, priority, contract_no,
    max_labor_unit_price, location_code, shipping_advice, combine_shipments, external_document_no,
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no,
    order_no, order_no_series, invoice_no
ON service_shipment_header BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_shipment_header');
END;

-- only: postgresql
CREATE TRIGGER service_shipment_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, seal, seal_before, description, customer_no, customer_name,
    customer_address, customer_address_2, customer_post_code, customer_city, customer_country_code,
    contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address,
    bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact,
    vat_registration_no, language_code, format_region, ship_to_code, ship_to_name, ship_to_address,
    ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code, ship_to_contact,
    service_zone_code, posting_date, document_date, vat_date, order_date, order_time, due_date,
    pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, exchange_amount, relational_amount, prices_including_vat,
    allow_line_disc, invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group,
    eu_3_party_trade, salesperson_code, assigned_user, service_order_type, priority, contract_no,
    max_labor_unit_price, location_code, shipping_advice, combine_shipments, external_document_no,
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no,
    order_no, order_no_series, invoice_no
ON service_shipment_header
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_shipment_item_line_never_changes BEFORE UPDATE ON service_shipment_item_line BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_shipment_item_line');
END;

-- only: postgresql
CREATE TRIGGER service_shipment_item_line_never_changes BEFORE UPDATE ON service_shipment_item_line
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_shipment_line_never_changes BEFORE UPDATE OF
    type, no, variant_code, description, description_2, service_item_line_no, service_item_no, uom,
    qty_per_uom, unit_price, unit_cost, unit_cost_lcy, line_discount_pct, line_discount_type,
    allow_invoice_disc, allow_line_disc, gen_bus_group, gen_prod_group, vat_bus_group, vat_prod_group,
    vat_identifier, vat_pct, vat_calculation_type, posting_group, posting_date, order_date, location_code,
    work_type_code, warranty, exclude_warranty, exclude_contract_discount, warranty_disc_pct,
    contract_disc_pct, contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, attached_to_line_no, system_created, appl_to_item_entry, appl_from_item_entry,
    appl_to_service_entry, dim_1, dim_2, id, document_no, line_no, quantity, quantity_base, order_no,
    order_line_no, item_entry_no, service_entry_no, correction_of_line_no
ON service_shipment_line BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_shipment_line');
END;

-- only: postgresql
CREATE TRIGGER service_shipment_line_never_changes BEFORE UPDATE OF
    type, no, variant_code, description, description_2, service_item_line_no, service_item_no, uom,
    qty_per_uom, unit_price, unit_cost, unit_cost_lcy, line_discount_pct, line_discount_type,
    allow_invoice_disc, allow_line_disc, gen_bus_group, gen_prod_group, vat_bus_group, vat_prod_group,
    vat_identifier, vat_pct, vat_calculation_type, posting_group, posting_date, order_date, location_code,
    work_type_code, warranty, exclude_warranty, exclude_contract_discount, warranty_disc_pct,
    contract_disc_pct, contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, attached_to_line_no, system_created, appl_to_item_entry, appl_from_item_entry,
    appl_to_service_entry, dim_1, dim_2, id, document_no, line_no, quantity, quantity_base, order_no,
    order_line_no, item_entry_no, service_entry_no, correction_of_line_no
ON service_shipment_line
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_invoice_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, seal, seal_before, pre_assigned_no, order_no, customer_entry_no,
    amount, amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no,
    customer_name, customer_address, customer_address_2, customer_post_code, customer_city,
    customer_country_code, contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name,
    bill_to_address, bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code,
    bill_to_contact, vat_registration_no, language_code, format_region, ship_to_code, ship_to_name,
    ship_to_address, ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code,
    ship_to_contact, service_zone_code, posting_date, document_date, vat_date, order_date, order_time,
    due_date, pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, bal_account_type, bal_account_no, currency_code,
    exchange_amount, relational_amount, prices_including_vat, allow_line_disc, invoice_disc_code,
    customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code, assigned_user,
    service_order_type, priority, contract_no, max_labor_unit_price, location_code, shipping_advice,
    combine_shipments, external_document_no, your_reference, posting_description, work_description,
    reason_code, correction, dim_1, dim_2, no
ON service_invoice_header BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_invoice_header');
END;

-- only: postgresql
CREATE TRIGGER service_invoice_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, seal, seal_before, pre_assigned_no, order_no, customer_entry_no,
    amount, amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no,
    customer_name, customer_address, customer_address_2, customer_post_code, customer_city,
    customer_country_code, contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name,
    bill_to_address, bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code,
    bill_to_contact, vat_registration_no, language_code, format_region, ship_to_code, ship_to_name,
    ship_to_address, ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code,
    ship_to_contact, service_zone_code, posting_date, document_date, vat_date, order_date, order_time,
    due_date, pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, bal_account_type, bal_account_no, currency_code,
    exchange_amount, relational_amount, prices_including_vat, allow_line_disc, invoice_disc_code,
    customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code, assigned_user,
    service_order_type, priority, contract_no, max_labor_unit_price, location_code, shipping_advice,
    combine_shipments, external_document_no, your_reference, posting_description, work_description,
    reason_code, correction, dim_1, dim_2, no
ON service_invoice_header
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_invoice_line_never_changes BEFORE UPDATE ON service_invoice_line BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_invoice_line');
END;

-- only: postgresql
CREATE TRIGGER service_invoice_line_never_changes BEFORE UPDATE ON service_invoice_line
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_cr_memo_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, seal, seal_before, pre_assigned_no, order_no, customer_entry_no,
    amount, amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no,
    customer_name, customer_address, customer_address_2, customer_post_code, customer_city,
    customer_country_code, contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name,
    bill_to_address, bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code,
    bill_to_contact, vat_registration_no, language_code, format_region, ship_to_code, ship_to_name,
    ship_to_address, ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code,
    ship_to_contact, service_zone_code, posting_date, document_date, vat_date, order_date, order_time,
    due_date, pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, exchange_amount, relational_amount, prices_including_vat,
    allow_line_disc, invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group,
    eu_3_party_trade, salesperson_code, assigned_user, service_order_type, priority, contract_no,
    max_labor_unit_price, location_code, shipping_advice, combine_shipments, external_document_no,
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no, cancels
ON service_cr_memo_header BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_cr_memo_header');
END;

-- only: postgresql
CREATE TRIGGER service_cr_memo_header_never_changes BEFORE UPDATE OF
    no_series, posting_run_no, user_name, seal, seal_before, pre_assigned_no, order_no, customer_entry_no,
    amount, amount_including_vat, applies_to_doc_type, applies_to_doc_no, description, customer_no,
    customer_name, customer_address, customer_address_2, customer_post_code, customer_city,
    customer_country_code, contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name,
    bill_to_address, bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code,
    bill_to_contact, vat_registration_no, language_code, format_region, ship_to_code, ship_to_name,
    ship_to_address, ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code,
    ship_to_contact, service_zone_code, posting_date, document_date, vat_date, order_date, order_time,
    due_date, pmt_discount_date, pmt_discount_pct, response_date, response_time, starting_date, starting_time,
    finishing_date, finishing_time, payment_terms_code, payment_method_code, bal_account_type, bal_account_no,
    company_bank_account_code, currency_code, exchange_amount, relational_amount, prices_including_vat,
    allow_line_disc, invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group,
    eu_3_party_trade, salesperson_code, assigned_user, service_order_type, priority, contract_no,
    max_labor_unit_price, location_code, shipping_advice, combine_shipments, external_document_no,
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no, cancels
ON service_cr_memo_header
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_cr_memo_line_never_changes BEFORE UPDATE ON service_cr_memo_line BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_cr_memo_line');
END;

-- only: postgresql
CREATE TRIGGER service_cr_memo_line_never_changes BEFORE UPDATE ON service_cr_memo_line
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER posted_vat_line_never_changes BEFORE UPDATE ON posted_vat_line BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: posted_vat_line');
END;

-- only: postgresql
CREATE TRIGGER posted_vat_line_never_changes BEFORE UPDATE ON posted_vat_line
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_document_log_never_changes BEFORE UPDATE ON service_document_log BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_document_log');
END;

-- only: postgresql
CREATE TRIGGER service_document_log_never_changes BEFORE UPDATE ON service_document_log
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER order_archive_never_changes BEFORE UPDATE ON order_archive BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: order_archive');
END;

-- only: postgresql
CREATE TRIGGER order_archive_never_changes BEFORE UPDATE ON order_archive
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER change_log_never_changes BEFORE UPDATE ON change_log BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: change_log');
END;

-- only: postgresql
CREATE TRIGGER change_log_never_changes BEFORE UPDATE ON change_log
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
-- for each: posting_run, gl_entry, vat_entry, customer_ledger_entry, detailed_customer_entry, item_ledger_entry, item_application, value_entry, resource_ledger_entry, service_ledger_entry, warranty_ledger_entry, service_shipment_header, service_shipment_item_line, service_shipment_line, service_invoice_header, service_invoice_line, service_cr_memo_header, service_cr_memo_line, posted_vat_line, service_document_log, order_archive, change_log
CREATE TRIGGER {table}_is_never_deleted BEFORE DELETE ON {table} BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: {table}');
END;

-- only: postgresql
-- for each: posting_run, gl_entry, vat_entry, customer_ledger_entry, detailed_customer_entry, item_ledger_entry, item_application, value_entry, resource_ledger_entry, service_ledger_entry, warranty_ledger_entry, service_shipment_header, service_shipment_item_line, service_shipment_line, service_invoice_header, service_invoice_line, service_cr_memo_header, service_cr_memo_line, posted_vat_line, service_document_log, order_archive, change_log
CREATE TRIGGER {table}_is_never_deleted BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: postgresql
-- for each: posting_run, gl_entry, vat_entry, customer_ledger_entry, detailed_customer_entry, item_ledger_entry, item_application, value_entry, resource_ledger_entry, service_ledger_entry, warranty_ledger_entry, service_shipment_header, service_shipment_item_line, service_shipment_line, service_invoice_header, service_invoice_line, service_cr_memo_header, service_cr_memo_line, posted_vat_line, service_document_log, order_archive, change_log
CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION posted_rows_never_change();

-- only: postgresql
CREATE FUNCTION draw_setup_version() RETURNS trigger AS $$
BEGIN
    UPDATE setup_version SET version = (random() * 9000000000000000)::bigint;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
-- for each: receivables_setup, inventory_setup, vat_bus_group, vat_prod_group, vat_clause, inventory_posting_group, number_series, payment_terms, payment_method, language, country, location, salesperson, reason_code, fault_reason, standard_text, unit_of_measure, service_order_type, service_item_group, dimension, dimension_value, default_dimension, dimension_combination, work_type, repair_status, ledger_setup, service_setup, user_setup, gen_bus_group, gen_prod_group, vat_clause_text, gl_account, general_posting_setup, vat_posting_setup, customer_posting_group, inventory_posting_setup, currency, currency_rate, bank_account, customer_invoice_discount, service_cost, contract_account_group
CREATE TRIGGER {table}_draws_version AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION draw_setup_version();

-- only: sqlite
-- for each: receivables_setup, inventory_setup, vat_bus_group, vat_prod_group, vat_clause, inventory_posting_group, number_series, payment_terms, payment_method, language, country, location, salesperson, reason_code, fault_reason, standard_text, unit_of_measure, service_order_type, service_item_group, dimension, dimension_value, default_dimension, dimension_combination, work_type, repair_status, ledger_setup, service_setup, user_setup, gen_bus_group, gen_prod_group, vat_clause_text, gl_account, general_posting_setup, vat_posting_setup, customer_posting_group, inventory_posting_setup, currency, currency_rate, bank_account, customer_invoice_discount, service_cost, contract_account_group
CREATE TRIGGER {table}_insert_draws_version AFTER INSERT ON {table} BEGIN
    UPDATE setup_version SET version = random();
END;

-- only: sqlite
-- for each: receivables_setup, inventory_setup, vat_bus_group, vat_prod_group, vat_clause, inventory_posting_group, number_series, payment_terms, payment_method, language, country, location, salesperson, reason_code, fault_reason, standard_text, unit_of_measure, service_order_type, service_item_group, dimension, dimension_value, default_dimension, dimension_combination, work_type, repair_status, ledger_setup, service_setup, user_setup, gen_bus_group, gen_prod_group, vat_clause_text, gl_account, general_posting_setup, vat_posting_setup, customer_posting_group, inventory_posting_setup, currency, currency_rate, bank_account, customer_invoice_discount, service_cost, contract_account_group
CREATE TRIGGER {table}_update_draws_version AFTER UPDATE ON {table} BEGIN
    UPDATE setup_version SET version = random();
END;

-- only: sqlite
-- for each: receivables_setup, inventory_setup, vat_bus_group, vat_prod_group, vat_clause, inventory_posting_group, number_series, payment_terms, payment_method, language, country, location, salesperson, reason_code, fault_reason, standard_text, unit_of_measure, service_order_type, service_item_group, dimension, dimension_value, default_dimension, dimension_combination, work_type, repair_status, ledger_setup, service_setup, user_setup, gen_bus_group, gen_prod_group, vat_clause_text, gl_account, general_posting_setup, vat_posting_setup, customer_posting_group, inventory_posting_setup, currency, currency_rate, bank_account, customer_invoice_discount, service_cost, contract_account_group
CREATE TRIGGER {table}_delete_draws_version AFTER DELETE ON {table} BEGIN
    UPDATE setup_version SET version = random();
END;
