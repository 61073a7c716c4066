-- The ledgers and posted documents with their decimals, for reporting tools (O-2).

CREATE VIEW gl_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, transaction_no, gl_account_no, document_date, vat_date,
    document_type, document_no, external_document_no, description, DECIMAL(amount, 5) AS amount,
    DECIMAL(debit_amount, 5) AS debit_amount, DECIMAL(credit_amount, 5) AS credit_amount, DECIMAL(vat_amount, 5)
    AS vat_amount, source_currency_code, DECIMAL(source_currency_amount, 5) AS source_currency_amount,
    gen_bus_group, gen_prod_group, vat_bus_group, vat_prod_group, gen_posting_type, bal_account_no, source_type,
    source_no, dim_1, dim_2, reason_code, system_created, user_name
FROM gl_entry;

CREATE VIEW vat_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, type, document_type, document_no, external_document_no,
    document_date, vat_date, DECIMAL(base, 5) AS base, DECIMAL(amount, 5) AS amount, source_currency_code,
    DECIMAL(source_currency_base, 5) AS source_currency_base, DECIMAL(source_currency_amount, 5) AS
    source_currency_amount, calculation_type, DECIMAL(vat_pct, 5) AS vat_pct, vat_identifier, gen_bus_group,
    gen_prod_group, vat_bus_group, vat_prod_group, bill_to_customer_no, country_code, vat_registration_no,
    eu_3_party_trade, eu_service, gl_entry_no, closed
FROM vat_entry;

CREATE VIEW customer_ledger_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, customer_no, sell_to_customer_no, document_date, due_date,
    pmt_discount_date, document_type, document_no, external_document_no, your_reference, description,
    currency_code, DECIMAL(exchange_amount, 6) AS exchange_amount, DECIMAL(relational_amount, 6) AS
    relational_amount, DECIMAL(sales_lcy, 5) AS sales_lcy, DECIMAL(profit_lcy, 5) AS profit_lcy,
    DECIMAL(inv_discount_lcy, 5) AS inv_discount_lcy, DECIMAL(original_pmt_disc_possible, 5) AS
    original_pmt_disc_possible, DECIMAL(remaining_pmt_disc_possible, 5) AS remaining_pmt_disc_possible, open,
    positive, closed_by_entry_no, closed_at_date, applies_to_doc_type, applies_to_doc_no, applies_to_id,
    DECIMAL(amount_to_apply, 5) AS amount_to_apply, payment_terms_code, payment_method_code, payment_reference,
    salesperson_code, reason_code, customer_posting_group, receivables_account, on_hold, dispute, promised_date,
    dim_1, dim_2
FROM customer_ledger_entry;

CREATE VIEW detailed_customer_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, customer_entry_no, customer_no, entry_type, document_type,
    document_no, currency_code, DECIMAL(amount, 5) AS amount, DECIMAL(amount_lcy, 5) AS amount_lcy, due_date,
    applied_customer_entry_no, unapplied
FROM detailed_customer_entry;

CREATE VIEW item_ledger_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, item_no, variant_code, location_code, entry_type, document_type,
    document_no, document_line_no, document_date, external_document_no, DECIMAL(quantity, 5) AS quantity, uom,
    DECIMAL(qty_per_uom, 5) AS qty_per_uom, DECIMAL(invoiced_quantity, 5) AS invoiced_quantity,
    DECIMAL(remaining_quantity, 5) AS remaining_quantity, DECIMAL(shipped_qty_not_returned, 5) AS
    shipped_qty_not_returned, open, positive, completely_invoiced, applied_entry_to_adjust, source_type,
    source_no, country_code, order_no, order_line_no, dim_1, dim_2
FROM item_ledger_entry;

CREATE VIEW item_application_decimal AS SELECT
    id, posting_run_no, outbound_entry_no, inbound_entry_no, DECIMAL(quantity, 5) AS quantity
FROM item_application;

CREATE VIEW value_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, item_ledger_entry_no, item_no, location_code, document_type,
    document_no, document_line_no, document_date, DECIMAL(item_ledger_entry_quantity, 5) AS
    item_ledger_entry_quantity, DECIMAL(valued_quantity, 5) AS valued_quantity, DECIMAL(invoiced_quantity, 5) AS
    invoiced_quantity, DECIMAL(cost_per_unit, 5) AS cost_per_unit, DECIMAL(sales_amount_expected, 5) AS
    sales_amount_expected, DECIMAL(sales_amount_actual, 5) AS sales_amount_actual, DECIMAL(cost_amount_expected,
    5) AS cost_amount_expected, DECIMAL(cost_amount_actual, 5) AS cost_amount_actual, DECIMAL(discount_amount,
    5) AS discount_amount, DECIMAL(cost_posted_to_gl, 5) AS cost_posted_to_gl,
    DECIMAL(expected_cost_posted_to_gl, 5) AS expected_cost_posted_to_gl, expected_cost, gen_bus_group,
    gen_prod_group, inventory_posting_group, source_no, salesperson_code, dim_1, dim_2
FROM value_entry;

CREATE VIEW resource_ledger_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, entry_type, document_type, document_no, external_document_no,
    document_date, resource_no, work_type_code, description, DECIMAL(quantity, 5) AS quantity, uom,
    DECIMAL(qty_per_uom, 5) AS qty_per_uom, DECIMAL(quantity_base, 5) AS quantity_base, DECIMAL(unit_cost, 5) AS
    unit_cost, DECIMAL(total_cost, 5) AS total_cost, DECIMAL(unit_price, 5) AS unit_price, DECIMAL(total_price,
    5) AS total_price, chargeable, gen_bus_group, gen_prod_group, source_type, source_no, order_no,
    order_line_no, dim_1, dim_2
FROM resource_ledger_entry;

CREATE VIEW service_ledger_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, entry_type, type, no, description, document_type, document_no,
    document_line_no, external_document_no, customer_no, bill_to_customer_no, ship_to_code, service_order_no,
    service_contract_no, contract_account_group, contract_group_code, service_order_type, service_item_no,
    item_no_serviced, serial_no_serviced, variant_code_serviced, DECIMAL(quantity, 5) AS quantity,
    DECIMAL(charged_qty, 5) AS charged_qty, DECIMAL(unit_cost, 5) AS unit_cost, DECIMAL(cost_amount, 5) AS
    cost_amount, DECIMAL(unit_price, 5) AS unit_price, DECIMAL(discount_pct, 5) AS discount_pct,
    DECIMAL(discount_amount, 5) AS discount_amount, DECIMAL(contract_disc_amount, 5) AS contract_disc_amount,
    DECIMAL(amount_lcy, 5) AS amount_lcy, DECIMAL(amount, 5) AS amount, open, prepaid, moved_from_prepaid,
    released_by, applies_to_entry_no, gen_bus_group, gen_prod_group, location_code, uom, work_type_code,
    fault_reason_code, dim_1, dim_2, user_name
FROM service_ledger_entry;

CREATE VIEW warranty_ledger_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, document_no, document_line_no, customer_no, bill_to_customer_no,
    ship_to_code, service_item_no, item_no_serviced, serial_no_serviced, service_item_group, service_order_no,
    service_order_line_no, service_contract_no, fault_area_code, symptom_code, fault_code, fault_reason_code,
    resolution_code, type, no, description, DECIMAL(quantity, 5) AS quantity, uom, work_type_code,
    DECIMAL(amount, 5) AS amount, vendor_no, vendor_item_no, open, gen_bus_group, gen_prod_group, dim_1, dim_2
FROM warranty_ledger_entry;

CREATE VIEW service_shipment_header_decimal AS SELECT
    no_series, posting_run_no, user_name, printed, seal, seal_before, description, customer_no, customer_name,
    customer_address, customer_address_2, customer_post_code, customer_city, customer_country_code,
    contact_name, phone_no, e_mail, notify_customer, bill_to_customer_no, bill_to_name, bill_to_address,
    bill_to_address_2, bill_to_post_code, bill_to_city, bill_to_country_code, bill_to_contact,
    vat_registration_no, language_code, format_region, ship_to_code, ship_to_name, ship_to_address,
    ship_to_address_2, ship_to_post_code, ship_to_city, ship_to_country_code, ship_to_contact,
    service_zone_code, posting_date, document_date, vat_date, order_date, order_time, due_date,
    pmt_discount_date, DECIMAL(pmt_discount_pct, 5) AS pmt_discount_pct, response_date, response_time,
    starting_date, starting_time, finishing_date, finishing_time, payment_terms_code, payment_method_code,
    bal_account_type, bal_account_no, company_bank_account_code, currency_code, DECIMAL(exchange_amount, 6) AS
    exchange_amount, DECIMAL(relational_amount, 6) AS relational_amount, prices_including_vat, allow_line_disc,
    invoice_disc_code, customer_posting_group, gen_bus_group, vat_bus_group, eu_3_party_trade, salesperson_code,
    assigned_user, service_order_type, priority, contract_no, DECIMAL(max_labor_unit_price, 5) AS
    max_labor_unit_price, location_code, shipping_advice, combine_shipments, external_document_no,
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no, order_no,
    order_no_series, invoice_no
FROM service_shipment_header;

CREATE VIEW service_shipment_item_line_decimal AS SELECT
    service_item_no, item_no, serial_no, description, service_item_group, repair_status_code, warranty,
    warranty_start_parts, warranty_end_parts, warranty_start_labor, warranty_end_labor,
    DECIMAL(warranty_pct_parts, 5) AS warranty_pct_parts, DECIMAL(warranty_pct_labor, 5) AS warranty_pct_labor,
    contract_no, contract_line_no, DECIMAL(contract_disc_pct, 5) AS contract_disc_pct, fault_area_code,
    symptom_code, fault_code, resolution_code, fault_reason_code, starting_date, starting_time, finishing_date,
    finishing_time, response_date, response_time, dim_1, dim_2, id, document_no, line_no
FROM service_shipment_item_line;

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
    correction_of_line_no
FROM service_shipment_line;

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
    cancelled_by
FROM service_invoice_header;

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
    DECIMAL(amount_including_vat_lcy, 5) AS amount_including_vat_lcy, item_entry_no, id, document_no
FROM service_invoice_line;

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
    your_reference, posting_description, work_description, reason_code, correction, dim_1, dim_2, no, cancels
FROM service_cr_memo_header;

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
    DECIMAL(amount_including_vat_lcy, 5) AS amount_including_vat_lcy, item_entry_no, id, document_no
FROM service_cr_memo_line;

CREATE VIEW posted_vat_line_decimal AS SELECT
    id, document_kind, document_no, line_no, vat_identifier, DECIMAL(vat_pct, 5) AS vat_pct, calculation_type,
    vat_clause_code, DECIMAL(line_amount, 5) AS line_amount, DECIMAL(inv_disc_base, 5) AS inv_disc_base,
    DECIMAL(inv_discount_amount, 5) AS inv_discount_amount, DECIMAL(base, 5) AS base, DECIMAL(amount, 5) AS
    amount, DECIMAL(amount_including_vat, 5) AS amount_including_vat, DECIMAL(base_lcy, 5) AS base_lcy,
    DECIMAL(amount_lcy, 5) AS amount_lcy
FROM posted_vat_line;
