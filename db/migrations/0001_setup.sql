-- Set-up and master tables (P-12 … P-29, O-46), users and their sessions.

CREATE TABLE receivables_setup (
    id INT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    discount_posting CODE(30) NOT NULL DEFAULT 'none' CHECK (discount_posting IN ('none', 'invoice', 'line', 'all')),
    calc_inv_discount BOOL NOT NULL DEFAULT FALSE,
    calc_inv_disc_per_vat_id BOOL NOT NULL DEFAULT FALSE,
    invoice_rounding BOOL NOT NULL DEFAULT FALSE,
    exact_cost_reversing_mandatory BOOL NOT NULL DEFAULT FALSE,
    appln_between_currencies CODE(30) NOT NULL DEFAULT 'none' CHECK (appln_between_currencies IN ('none', 'all')),
    credit_warnings CODE(30) NOT NULL DEFAULT 'both' CHECK (credit_warnings IN ('both', 'credit_limit', 'overdue', 'none')),
    stockout_warning BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE inventory_setup (
    id INT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    automatic_cost_posting BOOL NOT NULL DEFAULT FALSE,
    expected_cost_posting_to_gl BOOL NOT NULL DEFAULT FALSE,
    prevent_negative_inventory BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE vat_bus_group (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE vat_prod_group (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE vat_clause (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(250) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE inventory_posting_group (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE number_series (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    default_nos BOOL NOT NULL DEFAULT TRUE,
    manual_nos BOOL NOT NULL DEFAULT FALSE,
    date_order BOOL NOT NULL DEFAULT FALSE,
    gapless BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE number_series_line (
    id AUTOKEY,
    series_code CODE(20) NOT NULL REFERENCES number_series (code),
    line_no INT NOT NULL DEFAULT 10000,
    starting_date DATE,
    starting_no CODE(20) NOT NULL DEFAULT '',
    ending_no CODE(20) NOT NULL DEFAULT '',
    warning_no CODE(20) NOT NULL DEFAULT '',
    last_no_used CODE(20) NOT NULL DEFAULT '',
    increment_by INT NOT NULL DEFAULT 1,
    last_date_used DATE,
    open BOOL NOT NULL DEFAULT TRUE,
    last_seal CODE(64) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (series_code, line_no),
    CHECK (increment_by >= 1)
);

CREATE TABLE payment_terms (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    due_formula TEXT(32) NOT NULL DEFAULT '',
    discount_formula TEXT(32) NOT NULL DEFAULT '',
    discount_pct PERCENT NOT NULL DEFAULT 0,
    disc_on_cr_memos BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE payment_method (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    bal_account_type CODE(30) NOT NULL DEFAULT 'gl_account' CHECK (bal_account_type IN ('gl_account', 'bank')),
    bal_account_no CODE(20) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE language (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE country (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    eu BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE location (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE salesperson (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    e_mail TEXT(100) NOT NULL DEFAULT '',
    privacy_blocked BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE reason_code (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE fault_reason (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    exclude_warranty_discount BOOL NOT NULL DEFAULT FALSE,
    exclude_contract_discount BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE standard_text (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE unit_of_measure (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE service_order_type (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE service_item_group (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE dimension (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE dimension_value (
    id AUTOKEY,
    dimension_code CODE(20) NOT NULL REFERENCES dimension (code),
    code CODE(20) NOT NULL DEFAULT '',
    description TEXT(100) NOT NULL DEFAULT '',
    blocked BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (dimension_code, code)
);

CREATE TABLE default_dimension (
    id AUTOKEY,
    table_name CODE(30) NOT NULL DEFAULT 'customer' CHECK (table_name IN ('customer', 'item', 'resource', 'gl_account')),
    no CODE(20) NOT NULL DEFAULT '',
    dimension_code CODE(20) NOT NULL REFERENCES dimension (code),
    rule CODE(30) NOT NULL DEFAULT 'none' CHECK (rule IN ('none', 'code_mandatory', 'same_code', 'no_code')),
    value_code CODE(20) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (table_name, no, dimension_code)
);

CREATE TABLE dimension_combination (
    id AUTOKEY,
    dimension_1_code CODE(20) NOT NULL REFERENCES dimension (code),
    value_1_code CODE(20) NOT NULL DEFAULT '',
    dimension_2_code CODE(20) NOT NULL REFERENCES dimension (code),
    value_2_code CODE(20) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (dimension_1_code, value_1_code, dimension_2_code, value_2_code)
);

CREATE TABLE work_type (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    uom CODE(10) REFERENCES unit_of_measure (code),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE repair_status (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    service_order_status CODE(30) NOT NULL DEFAULT 'pending' CHECK (service_order_status IN ('pending', 'in_process', 'finished', 'on_hold')),
    priority CODE(30) NOT NULL DEFAULT 'high' CHECK (priority IN ('high', 'medium_high', 'medium_low', 'low')),
    initial BOOL NOT NULL DEFAULT FALSE,
    partly_serviced BOOL NOT NULL DEFAULT FALSE,
    in_process BOOL NOT NULL DEFAULT FALSE,
    finished BOOL NOT NULL DEFAULT FALSE,
    referred BOOL NOT NULL DEFAULT FALSE,
    spare_part_ordered BOOL NOT NULL DEFAULT FALSE,
    spare_part_received BOOL NOT NULL DEFAULT FALSE,
    waiting_for_customer BOOL NOT NULL DEFAULT FALSE,
    quote_finished BOOL NOT NULL DEFAULT FALSE,
    posting_allowed BOOL NOT NULL DEFAULT TRUE,
    pending_allowed BOOL NOT NULL DEFAULT TRUE,
    in_process_allowed BOOL NOT NULL DEFAULT TRUE,
    finished_allowed BOOL NOT NULL DEFAULT TRUE,
    on_hold_allowed BOOL NOT NULL DEFAULT TRUE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE app_user (
    user_name CODE(50) NOT NULL PRIMARY KEY CHECK (user_name <> ''),
    full_name TEXT(100) NOT NULL DEFAULT '',
    role CODE(30) NOT NULL DEFAULT 'viewer' CHECK (role IN ('viewer', 'clerk', 'poster', 'accountant', 'admin')),
    password_hash TEXT(200) NOT NULL DEFAULT '',
    active BOOL NOT NULL DEFAULT TRUE,
    locale TEXT(10) NOT NULL DEFAULT 'en_GB',
    signed_out_everywhere_at MOMENT,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE app_session (
    token_hash CODE(64) NOT NULL PRIMARY KEY CHECK (token_hash <> ''),
    user_name CODE(50) NOT NULL REFERENCES app_user (user_name),
    created_at MOMENT NOT NULL,
    last_seen_at MOMENT NOT NULL,
    expires_at MOMENT NOT NULL,
    address TEXT(64) NOT NULL DEFAULT ''
);

CREATE INDEX app_session_user_name ON app_session (user_name);

CREATE TABLE sign_in_attempt (
    id AUTOKEY,
    user_name CODE(50) NOT NULL DEFAULT '',
    address TEXT(64) NOT NULL DEFAULT '',
    at MOMENT NOT NULL,
    ok BOOL NOT NULL DEFAULT FALSE
);

CREATE INDEX sign_in_attempt_user_name_at ON sign_in_attempt (user_name, at);

CREATE INDEX sign_in_attempt_address_at ON sign_in_attempt (address, at);

CREATE TABLE user_preference (
    id AUTOKEY,
    user_name CODE(50) NOT NULL REFERENCES app_user (user_name),
    name CODE(60) NOT NULL DEFAULT '',
    value LONGTEXT NOT NULL DEFAULT '',
    UNIQUE (user_name, name)
);

CREATE TABLE setup_version (
    id INT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    version BIGNO NOT NULL
);

CREATE TABLE change_log (
    entry_no AUTOKEY,
    at MOMENT NOT NULL,
    user_name CODE(50) NOT NULL DEFAULT '',
    table_name TEXT(60) NOT NULL DEFAULT '',
    record TEXT(200) NOT NULL DEFAULT '',
    action CODE(30) NOT NULL DEFAULT 'insert' CHECK (action IN ('insert', 'update', 'delete')),
    before LONGTEXT NOT NULL DEFAULT '',
    after LONGTEXT NOT NULL DEFAULT ''
);

CREATE INDEX change_log_table_name_record ON change_log (table_name, record);

CREATE TABLE company (
    id INT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    name TEXT(100) NOT NULL DEFAULT '',
    address TEXT(100) NOT NULL DEFAULT '',
    address_2 TEXT(100) NOT NULL DEFAULT '',
    post_code TEXT(20) NOT NULL DEFAULT '',
    city TEXT(50) NOT NULL DEFAULT '',
    country_code CODE(10) REFERENCES country (code),
    phone_no TEXT(40) NOT NULL DEFAULT '',
    e_mail TEXT(100) NOT NULL DEFAULT '',
    home_page TEXT(100) NOT NULL DEFAULT '',
    vat_registration_no TEXT(20) NOT NULL DEFAULT '',
    registration_no TEXT(30) NOT NULL DEFAULT '',
    bank_name TEXT(100) NOT NULL DEFAULT '',
    bank_account_no TEXT(40) NOT NULL DEFAULT '',
    iban TEXT(40) NOT NULL DEFAULT '',
    bic TEXT(20) NOT NULL DEFAULT '',
    logo LONGTEXT NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE ledger_setup (
    id INT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    lcy_code CODE(10) NOT NULL DEFAULT '',
    amount_rounding_precision SCALED NOT NULL DEFAULT 1000,
    unit_amount_rounding_precision SCALED NOT NULL DEFAULT 1,
    inv_rounding_precision_lcy SCALED NOT NULL DEFAULT 100000,
    inv_rounding_type CODE(30) NOT NULL DEFAULT 'nearest' CHECK (inv_rounding_type IN ('nearest', 'up', 'down')),
    vat_rounding_type CODE(30) NOT NULL DEFAULT 'nearest' CHECK (vat_rounding_type IN ('nearest', 'up', 'down')),
    allow_posting_from DATE,
    allow_posting_to DATE,
    vat_date_default CODE(30) NOT NULL DEFAULT 'posting_date' CHECK (vat_date_default IN ('posting_date', 'document_date')),
    allow_vat_date_from DATE,
    allow_vat_date_to DATE,
    pmt_disc_excl_vat BOOL NOT NULL DEFAULT FALSE,
    mark_cr_memos_as_corrections BOOL NOT NULL DEFAULT FALSE,
    vat_calc_by CODE(30) NOT NULL DEFAULT 'bill_to' CHECK (vat_calc_by IN ('bill_to', 'customer')),
    global_dimension_1_code CODE(20) REFERENCES dimension (code),
    global_dimension_2_code CODE(20) REFERENCES dimension (code),
    row_version INT NOT NULL DEFAULT 1,
    CHECK (amount_rounding_precision > 0 AND unit_amount_rounding_precision > 0 AND inv_rounding_precision_lcy > 0)
);

CREATE TABLE service_setup (
    id INT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    service_order_nos CODE(20) REFERENCES number_series (code),
    service_invoice_nos CODE(20) REFERENCES number_series (code),
    service_cr_memo_nos CODE(20) REFERENCES number_series (code),
    contract_nos CODE(20) REFERENCES number_series (code),
    contract_invoice_nos CODE(20) REFERENCES number_series (code),
    contract_cr_memo_nos CODE(20) REFERENCES number_series (code),
    prepaid_posting_nos CODE(20) REFERENCES number_series (code),
    posted_shipment_nos CODE(20) REFERENCES number_series (code),
    posted_invoice_nos CODE(20) REFERENCES number_series (code),
    posted_cr_memo_nos CODE(20) REFERENCES number_series (code),
    shipment_on_invoice BOOL NOT NULL DEFAULT FALSE,
    ext_doc_no_mandatory BOOL NOT NULL DEFAULT FALSE,
    salesperson_mandatory BOOL NOT NULL DEFAULT FALSE,
    service_order_type_mandatory BOOL NOT NULL DEFAULT FALSE,
    service_order_start_mandatory BOOL NOT NULL DEFAULT FALSE,
    service_order_finish_mandatory BOOL NOT NULL DEFAULT FALSE,
    fault_reason_mandatory BOOL NOT NULL DEFAULT FALSE,
    unit_of_measure_mandatory BOOL NOT NULL DEFAULT FALSE,
    work_type_mandatory BOOL NOT NULL DEFAULT FALSE,
    link_service_to_service_item BOOL NOT NULL DEFAULT FALSE,
    copy_comments_to_invoice BOOL NOT NULL DEFAULT FALSE,
    copy_comments_to_shipment BOOL NOT NULL DEFAULT FALSE,
    copy_line_description_to_gl BOOL NOT NULL DEFAULT FALSE,
    close_invoiced_orders CODE(30) NOT NULL DEFAULT 'automatic' CHECK (close_invoiced_orders IN ('automatic', 'batch')),
    warranty_disc_pct_parts PERCENT NOT NULL DEFAULT 0,
    warranty_disc_pct_labor PERCENT NOT NULL DEFAULT 0,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE user_setup (
    user_name CODE(50) NOT NULL PRIMARY KEY REFERENCES app_user (user_name),
    allow_posting_from DATE,
    allow_posting_to DATE,
    allow_vat_date_from DATE,
    allow_vat_date_to DATE,
    service_invoice_policy CODE(30) NOT NULL DEFAULT 'allowed' CHECK (service_invoice_policy IN ('allowed', 'prohibited', 'mandatory')),
    salesperson_code CODE(20) REFERENCES salesperson (code),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE gen_bus_group (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    def_vat_bus_group CODE(20) REFERENCES vat_bus_group (code),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE gen_prod_group (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    def_vat_prod_group CODE(20) REFERENCES vat_prod_group (code),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE vat_clause_text (
    id AUTOKEY,
    vat_clause_code CODE(20) NOT NULL REFERENCES vat_clause (code),
    language_code CODE(10) NOT NULL REFERENCES language (code),
    description TEXT(250) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (vat_clause_code, language_code)
);

CREATE TABLE item (
    no CODE(20) NOT NULL PRIMARY KEY CHECK (no <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    description_2 TEXT(100) NOT NULL DEFAULT '',
    type CODE(30) NOT NULL DEFAULT 'inventory' CHECK (type IN ('inventory', 'service', 'non_inventory')),
    base_uom CODE(10) REFERENCES unit_of_measure (code),
    sales_uom CODE(10) REFERENCES unit_of_measure (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    vat_prod_group CODE(20) REFERENCES vat_prod_group (code),
    inventory_posting_group CODE(20) REFERENCES inventory_posting_group (code),
    unit_price SCALED NOT NULL DEFAULT 0,
    unit_cost SCALED NOT NULL DEFAULT 0,
    standard_cost SCALED NOT NULL DEFAULT 0,
    costing_method CODE(30) NOT NULL DEFAULT 'average' CHECK (costing_method IN ('average', 'fifo', 'standard')),
    allow_invoice_disc BOOL NOT NULL DEFAULT TRUE,
    blocked BOOL NOT NULL DEFAULT FALSE,
    service_blocked BOOL NOT NULL DEFAULT FALSE,
    prevent_negative_inventory CODE(30) NOT NULL DEFAULT 'default' CHECK (prevent_negative_inventory IN ('default', 'no', 'yes')),
    vendor_no CODE(20) NOT NULL DEFAULT '',
    vendor_item_no TEXT(50) NOT NULL DEFAULT '',
    search_text TEXT(400) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE item_uom (
    id AUTOKEY,
    item_no CODE(20) NOT NULL REFERENCES item (no),
    uom CODE(10) NOT NULL REFERENCES unit_of_measure (code),
    qty_per SCALED NOT NULL DEFAULT 100000,
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (item_no, uom),
    CHECK (qty_per > 0)
);

CREATE TABLE resource (
    no CODE(20) NOT NULL PRIMARY KEY CHECK (no <> ''),
    name TEXT(100) NOT NULL DEFAULT '',
    type CODE(30) NOT NULL DEFAULT 'person' CHECK (type IN ('person', 'machine')),
    base_uom CODE(10) REFERENCES unit_of_measure (code),
    unit_price SCALED NOT NULL DEFAULT 0,
    unit_cost SCALED NOT NULL DEFAULT 0,
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    vat_prod_group CODE(20) REFERENCES vat_prod_group (code),
    location_code CODE(20) REFERENCES location (code),
    allow_invoice_disc BOOL NOT NULL DEFAULT TRUE,
    blocked BOOL NOT NULL DEFAULT FALSE,
    privacy_blocked BOOL NOT NULL DEFAULT FALSE,
    search_text TEXT(400) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE resource_uom (
    id AUTOKEY,
    resource_no CODE(20) NOT NULL REFERENCES resource (no),
    uom CODE(10) NOT NULL REFERENCES unit_of_measure (code),
    qty_per SCALED NOT NULL DEFAULT 100000,
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (resource_no, uom),
    CHECK (qty_per > 0)
);

CREATE TABLE resource_price (
    id AUTOKEY,
    resource_no CODE(20) NOT NULL REFERENCES resource (no),
    work_type_code CODE(10) NOT NULL REFERENCES work_type (code),
    unit_price SCALED NOT NULL DEFAULT 0,
    unit_cost SCALED NOT NULL DEFAULT 0,
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (resource_no, work_type_code)
);

CREATE TABLE gl_account (
    no CODE(20) NOT NULL PRIMARY KEY CHECK (no <> ''),
    name TEXT(100) NOT NULL DEFAULT '',
    account_type CODE(30) NOT NULL DEFAULT 'posting' CHECK (account_type IN ('posting', 'heading', 'total', 'begin_total', 'end_total')),
    income_balance CODE(30) NOT NULL DEFAULT 'income' CHECK (income_balance IN ('income', 'balance')),
    direct_posting BOOL NOT NULL DEFAULT FALSE,
    blocked BOOL NOT NULL DEFAULT FALSE,
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    vat_bus_group CODE(20) REFERENCES vat_bus_group (code),
    vat_prod_group CODE(20) REFERENCES vat_prod_group (code),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE general_posting_setup (
    id AUTOKEY,
    gen_bus_group CODE(20) NOT NULL REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) NOT NULL REFERENCES gen_prod_group (code),
    sales CODE(20) REFERENCES gl_account (no),
    sales_credit_memo CODE(20) REFERENCES gl_account (no),
    sales_line_disc CODE(20) REFERENCES gl_account (no),
    sales_inv_disc CODE(20) REFERENCES gl_account (no),
    cogs CODE(20) REFERENCES gl_account (no),
    cogs_interim CODE(20) REFERENCES gl_account (no),
    inventory_adjmt CODE(20) REFERENCES gl_account (no),
    blocked BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (gen_bus_group, gen_prod_group)
);

CREATE TABLE vat_posting_setup (
    id AUTOKEY,
    vat_bus_group CODE(20) NOT NULL REFERENCES vat_bus_group (code),
    vat_prod_group CODE(20) NOT NULL REFERENCES vat_prod_group (code),
    vat_identifier CODE(20) NOT NULL DEFAULT '',
    vat_pct PERCENT NOT NULL DEFAULT 0,
    calculation_type CODE(30) NOT NULL DEFAULT 'normal' CHECK (calculation_type IN ('normal', 'reverse_charge', 'full')),
    sales_vat_account CODE(20) REFERENCES gl_account (no),
    vat_clause_code CODE(20) REFERENCES vat_clause (code),
    eu_service BOOL NOT NULL DEFAULT FALSE,
    blocked BOOL NOT NULL DEFAULT FALSE,
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (vat_bus_group, vat_prod_group)
);

CREATE TABLE customer_posting_group (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    receivables CODE(20) REFERENCES gl_account (no),
    service_charge CODE(20) REFERENCES gl_account (no),
    invoice_rounding CODE(20) REFERENCES gl_account (no),
    payment_disc_debit CODE(20) REFERENCES gl_account (no),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE inventory_posting_setup (
    id AUTOKEY,
    location_code CODE(20) REFERENCES location (code),
    inventory_posting_group CODE(20) NOT NULL REFERENCES inventory_posting_group (code),
    inventory_account CODE(20) REFERENCES gl_account (no),
    inventory_account_interim CODE(20) REFERENCES gl_account (no),
    row_version INT NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX inventory_posting_setup_key ON inventory_posting_setup (COALESCE(location_code, ''), inventory_posting_group);

CREATE TABLE currency (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    amount_rounding_precision SCALED NOT NULL DEFAULT 1000,
    unit_amount_rounding_precision SCALED NOT NULL DEFAULT 1,
    inv_rounding_precision SCALED NOT NULL DEFAULT 1000,
    inv_rounding_type CODE(30) NOT NULL DEFAULT 'nearest' CHECK (inv_rounding_type IN ('nearest', 'up', 'down')),
    vat_rounding_type CODE(30) NOT NULL DEFAULT 'nearest' CHECK (vat_rounding_type IN ('nearest', 'up', 'down')),
    realized_gains CODE(20) REFERENCES gl_account (no),
    realized_losses CODE(20) REFERENCES gl_account (no),
    row_version INT NOT NULL DEFAULT 1,
    CHECK (amount_rounding_precision > 0 AND unit_amount_rounding_precision > 0 AND inv_rounding_precision > 0)
);

CREATE TABLE currency_rate (
    id AUTOKEY,
    currency_code CODE(10) NOT NULL REFERENCES currency (code),
    starting_date DATE NOT NULL,
    exchange_amount RATE NOT NULL DEFAULT 1000000 CHECK (exchange_amount > 0),
    relational_amount RATE NOT NULL DEFAULT 1000000 CHECK (relational_amount > 0),
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (currency_code, starting_date)
);

CREATE TABLE bank_account (
    no CODE(20) NOT NULL PRIMARY KEY CHECK (no <> ''),
    name TEXT(100) NOT NULL DEFAULT '',
    bank_account_no TEXT(40) NOT NULL DEFAULT '',
    iban TEXT(40) NOT NULL DEFAULT '',
    bic TEXT(20) NOT NULL DEFAULT '',
    currency_code CODE(10) REFERENCES currency (code),
    gl_account_no CODE(20) REFERENCES gl_account (no),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE customer (
    no CODE(20) NOT NULL PRIMARY KEY CHECK (no <> ''),
    name TEXT(100) NOT NULL DEFAULT '',
    address TEXT(100) NOT NULL DEFAULT '',
    address_2 TEXT(100) NOT NULL DEFAULT '',
    post_code TEXT(20) NOT NULL DEFAULT '',
    city TEXT(50) NOT NULL DEFAULT '',
    country_code CODE(10) REFERENCES country (code),
    contact_name TEXT(100) NOT NULL DEFAULT '',
    phone_no TEXT(40) NOT NULL DEFAULT '',
    e_mail TEXT(100) NOT NULL DEFAULT '',
    language_code CODE(10) REFERENCES language (code),
    format_region TEXT(10) NOT NULL DEFAULT '',
    bill_to_customer_no CODE(20) REFERENCES customer (no),
    customer_posting_group CODE(20) REFERENCES customer_posting_group (code),
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    vat_bus_group CODE(20) REFERENCES vat_bus_group (code),
    vat_registration_no TEXT(20) NOT NULL DEFAULT '',
    currency_code CODE(10) REFERENCES currency (code),
    payment_terms_code CODE(10) REFERENCES payment_terms (code),
    payment_method_code CODE(10) REFERENCES payment_method (code),
    prices_including_vat BOOL NOT NULL DEFAULT FALSE,
    invoice_disc_code CODE(20) NOT NULL DEFAULT '',
    allow_line_disc BOOL NOT NULL DEFAULT TRUE,
    credit_limit SCALED NOT NULL DEFAULT 0,
    blocked CODE(30) NOT NULL DEFAULT 'none' CHECK (blocked IN ('none', 'ship', 'invoice', 'all')),
    privacy_blocked BOOL NOT NULL DEFAULT FALSE,
    combine_shipments BOOL NOT NULL DEFAULT FALSE,
    salesperson_code CODE(20) REFERENCES salesperson (code),
    location_code CODE(20) REFERENCES location (code),
    ship_to_code CODE(10) NOT NULL DEFAULT '',
    shipping_advice CODE(30) NOT NULL DEFAULT 'partial' CHECK (shipping_advice IN ('partial', 'complete')),
    service_zone_code CODE(10) NOT NULL DEFAULT '',
    your_reference TEXT(35) NOT NULL DEFAULT '',
    search_text TEXT(400) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE ship_to_address (
    id AUTOKEY,
    customer_no CODE(20) NOT NULL REFERENCES customer (no),
    code CODE(10) NOT NULL DEFAULT '',
    name TEXT(100) NOT NULL DEFAULT '',
    address TEXT(100) NOT NULL DEFAULT '',
    address_2 TEXT(100) NOT NULL DEFAULT '',
    post_code TEXT(20) NOT NULL DEFAULT '',
    city TEXT(50) NOT NULL DEFAULT '',
    country_code CODE(10) REFERENCES country (code),
    contact_name TEXT(100) NOT NULL DEFAULT '',
    phone_no TEXT(40) NOT NULL DEFAULT '',
    e_mail TEXT(100) NOT NULL DEFAULT '',
    salesperson_code CODE(20) REFERENCES salesperson (code),
    location_code CODE(20) REFERENCES location (code),
    service_zone_code CODE(10) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (customer_no, code)
);

CREATE TABLE customer_invoice_discount (
    id AUTOKEY,
    code CODE(20) NOT NULL DEFAULT '',
    currency_code CODE(10) REFERENCES currency (code),
    minimum_amount SCALED NOT NULL DEFAULT 0,
    discount_pct PERCENT NOT NULL DEFAULT 0,
    service_charge SCALED NOT NULL DEFAULT 0,
    row_version INT NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX customer_invoice_discount_key ON customer_invoice_discount (code, COALESCE(currency_code, ''), minimum_amount);

CREATE TABLE service_cost (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    account_no CODE(20) REFERENCES gl_account (no),
    default_unit_price SCALED NOT NULL DEFAULT 0,
    default_unit_cost SCALED NOT NULL DEFAULT 0,
    default_quantity SCALED NOT NULL DEFAULT 100000,
    uom CODE(10) REFERENCES unit_of_measure (code),
    cost_type CODE(30) NOT NULL DEFAULT 'travel' CHECK (cost_type IN ('travel', 'support', 'other')),
    service_zone_code CODE(10) NOT NULL DEFAULT '',
    allow_invoice_disc BOOL NOT NULL DEFAULT TRUE,
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE price_list_line (
    id AUTOKEY,
    product_type CODE(30) NOT NULL DEFAULT 'item' CHECK (product_type IN ('item', 'resource')),
    product_no CODE(20) NOT NULL DEFAULT '',
    customer_no CODE(20) REFERENCES customer (no),
    currency_code CODE(10) REFERENCES currency (code),
    uom CODE(10) REFERENCES unit_of_measure (code),
    starting_date DATE NOT NULL,
    minimum_quantity SCALED NOT NULL DEFAULT 0,
    ending_date DATE,
    unit_price SCALED NOT NULL DEFAULT 0,
    line_discount_pct PERCENT NOT NULL DEFAULT 0,
    row_version INT NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX price_list_line_key ON price_list_line (product_type, product_no, COALESCE(customer_no, ''), COALESCE(currency_code, ''), starting_date, minimum_quantity, COALESCE(uom, ''));

CREATE TABLE service_item (
    no CODE(20) NOT NULL PRIMARY KEY CHECK (no <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    item_no CODE(20) REFERENCES item (no),
    serial_no TEXT(50) NOT NULL DEFAULT '',
    service_item_group CODE(10) REFERENCES service_item_group (code),
    customer_no CODE(20) REFERENCES customer (no),
    ship_to_code CODE(10) NOT NULL DEFAULT '',
    status CODE(30) NOT NULL DEFAULT 'blank' CHECK (status IN ('blank', 'own', 'installed', 'temporarily_installed', 'defective')),
    warranty_start_parts DATE,
    warranty_end_parts DATE,
    warranty_start_labor DATE,
    warranty_end_labor DATE,
    warranty_pct_parts PERCENT NOT NULL DEFAULT 0,
    warranty_pct_labor PERCENT NOT NULL DEFAULT 0,
    last_service_date DATE,
    blocked CODE(30) NOT NULL DEFAULT 'none' CHECK (blocked IN ('none', 'service_contract', 'all')),
    vendor_no CODE(20) NOT NULL DEFAULT '',
    vendor_item_no TEXT(50) NOT NULL DEFAULT '',
    search_text TEXT(400) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE INDEX service_item_customer_no ON service_item (customer_no);

CREATE TABLE contract_account_group (
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    non_prepaid_account CODE(20) REFERENCES gl_account (no),
    prepaid_account CODE(20) REFERENCES gl_account (no),
    row_version INT NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX repair_status_initial ON repair_status (initial) WHERE initial;

CREATE UNIQUE INDEX repair_status_partly_serviced ON repair_status (partly_serviced) WHERE partly_serviced;

CREATE UNIQUE INDEX repair_status_in_process ON repair_status (in_process) WHERE in_process;

CREATE UNIQUE INDEX repair_status_finished ON repair_status (finished) WHERE finished;

CREATE UNIQUE INDEX repair_status_referred ON repair_status (referred) WHERE referred;

CREATE UNIQUE INDEX repair_status_spare_part_ordered ON repair_status (spare_part_ordered) WHERE spare_part_ordered;

CREATE UNIQUE INDEX repair_status_spare_part_received ON repair_status (spare_part_received) WHERE spare_part_received;

CREATE UNIQUE INDEX repair_status_waiting_for_customer ON repair_status (waiting_for_customer) WHERE waiting_for_customer;

CREATE UNIQUE INDEX repair_status_quote_finished ON repair_status (quote_finished) WHERE quote_finished;

INSERT INTO setup_version (id, version) VALUES (1, 1);
