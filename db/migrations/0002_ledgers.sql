-- The ledgers (P-37 … P-45).

CREATE TABLE posting_run (
    no AUTOKEY,
    user_name CODE(50) NOT NULL DEFAULT '',
    at MOMENT NOT NULL,
    source_type CODE(30) NOT NULL DEFAULT 'order' CHECK (source_type IN ('order', 'invoice', 'credit_memo', 'stock', 'undo_shipment', 'undo_consumption', 'release')),
    source_no CODE(20) NOT NULL DEFAULT '',
    option CODE(30) NOT NULL DEFAULT 'ship' CHECK (option IN ('ship', 'ship_and_consume', 'invoice', 'ship_and_invoice', 'none')),
    selected_lines LONGTEXT NOT NULL DEFAULT '',
    shipment_no CODE(20) NOT NULL DEFAULT '',
    invoice_no CODE(20) NOT NULL DEFAULT '',
    credit_memo_no CODE(20) NOT NULL DEFAULT ''
);

CREATE TABLE gl_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    transaction_no BIGNO NOT NULL,
    gl_account_no CODE(20) NOT NULL REFERENCES gl_account (no),
    document_date DATE,
    vat_date DATE,
    document_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (document_type IN ('blank', 'payment', 'invoice', 'credit_memo', 'refund')),
    document_no CODE(20) NOT NULL DEFAULT '',
    external_document_no TEXT(35) NOT NULL DEFAULT '',
    description TEXT(100) NOT NULL DEFAULT '',
    amount SCALED NOT NULL DEFAULT 0,
    debit_amount SCALED NOT NULL DEFAULT 0,
    credit_amount SCALED NOT NULL DEFAULT 0,
    vat_amount SCALED NOT NULL DEFAULT 0,
    source_currency_code CODE(10) REFERENCES currency (code),
    source_currency_amount SCALED NOT NULL DEFAULT 0,
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    vat_bus_group CODE(20) REFERENCES vat_bus_group (code),
    vat_prod_group CODE(20) REFERENCES vat_prod_group (code),
    gen_posting_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (gen_posting_type IN ('blank', 'sale')),
    bal_account_no CODE(20) NOT NULL DEFAULT '',
    source_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (source_type IN ('blank', 'customer')),
    source_no CODE(20) NOT NULL DEFAULT '',
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT '',
    reason_code CODE(20) NOT NULL DEFAULT '',
    system_created BOOL NOT NULL DEFAULT FALSE,
    user_name CODE(50) NOT NULL DEFAULT '',
    CHECK (amount <> 0),
    CHECK (debit_amount - credit_amount = amount)
);

CREATE INDEX gl_entry_posting_run_no ON gl_entry (posting_run_no);

CREATE INDEX gl_entry_gl_account_no_posting_date ON gl_entry (gl_account_no, posting_date);

CREATE INDEX gl_entry_document_no ON gl_entry (document_no);

CREATE TABLE vat_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    type CODE(30) NOT NULL DEFAULT 'sale' CHECK (type IN ('sale')),
    document_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (document_type IN ('blank', 'payment', 'invoice', 'credit_memo', 'refund')),
    document_no CODE(20) NOT NULL DEFAULT '',
    external_document_no TEXT(35) NOT NULL DEFAULT '',
    document_date DATE,
    vat_date DATE,
    base SCALED NOT NULL DEFAULT 0,
    amount SCALED NOT NULL DEFAULT 0,
    source_currency_code CODE(10) REFERENCES currency (code),
    source_currency_base SCALED NOT NULL DEFAULT 0,
    source_currency_amount SCALED NOT NULL DEFAULT 0,
    calculation_type CODE(30) NOT NULL DEFAULT 'normal' CHECK (calculation_type IN ('normal', 'reverse_charge', 'full')),
    vat_pct PERCENT NOT NULL DEFAULT 0,
    vat_identifier CODE(20) NOT NULL DEFAULT '',
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    vat_bus_group CODE(20) REFERENCES vat_bus_group (code),
    vat_prod_group CODE(20) REFERENCES vat_prod_group (code),
    bill_to_customer_no CODE(20) REFERENCES customer (no),
    country_code CODE(10) NOT NULL DEFAULT '',
    vat_registration_no TEXT(20) NOT NULL DEFAULT '',
    eu_3_party_trade BOOL NOT NULL DEFAULT FALSE,
    eu_service BOOL NOT NULL DEFAULT FALSE,
    gl_entry_no BIGNO,
    closed BOOL NOT NULL DEFAULT FALSE
);

CREATE INDEX vat_entry_posting_run_no ON vat_entry (posting_run_no);

CREATE INDEX vat_entry_document_no ON vat_entry (document_no);

CREATE TABLE customer_ledger_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    customer_no CODE(20) NOT NULL REFERENCES customer (no),
    sell_to_customer_no CODE(20) REFERENCES customer (no),
    document_date DATE,
    due_date DATE,
    pmt_discount_date DATE,
    document_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (document_type IN ('blank', 'payment', 'invoice', 'credit_memo', 'refund')),
    document_no CODE(20) NOT NULL DEFAULT '',
    external_document_no TEXT(35) NOT NULL DEFAULT '',
    your_reference TEXT(35) NOT NULL DEFAULT '',
    description TEXT(100) NOT NULL DEFAULT '',
    currency_code CODE(10) REFERENCES currency (code),
    exchange_amount RATE NOT NULL DEFAULT 1000000 CHECK (exchange_amount > 0),
    relational_amount RATE NOT NULL DEFAULT 1000000 CHECK (relational_amount > 0),
    sales_lcy SCALED NOT NULL DEFAULT 0,
    profit_lcy SCALED NOT NULL DEFAULT 0,
    inv_discount_lcy SCALED NOT NULL DEFAULT 0,
    original_pmt_disc_possible SCALED NOT NULL DEFAULT 0,
    remaining_pmt_disc_possible SCALED NOT NULL DEFAULT 0,
    open BOOL NOT NULL DEFAULT FALSE,
    positive BOOL NOT NULL DEFAULT FALSE,
    closed_by_entry_no BIGNO,
    closed_at_date DATE,
    applies_to_doc_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (applies_to_doc_type IN ('blank', 'payment', 'invoice', 'credit_memo')),
    applies_to_doc_no CODE(20) NOT NULL DEFAULT '',
    applies_to_id CODE(50) NOT NULL DEFAULT '',
    amount_to_apply SCALED NOT NULL DEFAULT 0,
    payment_terms_code CODE(10) NOT NULL DEFAULT '',
    payment_method_code CODE(10) NOT NULL DEFAULT '',
    payment_reference TEXT(50) NOT NULL DEFAULT '',
    salesperson_code CODE(20) NOT NULL DEFAULT '',
    reason_code CODE(20) NOT NULL DEFAULT '',
    customer_posting_group CODE(20) REFERENCES customer_posting_group (code),
    receivables_account CODE(20) REFERENCES gl_account (no),
    on_hold CODE(10) NOT NULL DEFAULT '',
    dispute BOOL NOT NULL DEFAULT FALSE,
    promised_date DATE,
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT ''
);

CREATE INDEX customer_ledger_entry_posting_run_no ON customer_ledger_entry (posting_run_no);

CREATE INDEX customer_ledger_entry_customer_no_posting_date ON customer_ledger_entry (customer_no, posting_date);

CREATE INDEX customer_ledger_entry_document_no ON customer_ledger_entry (document_no);

CREATE INDEX customer_ledger_entry_external_document_no ON customer_ledger_entry (external_document_no);

CREATE TABLE detailed_customer_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    customer_entry_no BIGNO NOT NULL,
    customer_no CODE(20) NOT NULL REFERENCES customer (no),
    entry_type CODE(30) NOT NULL DEFAULT 'initial' CHECK (entry_type IN ('initial', 'application', 'realized_gain', 'realized_loss', 'correction_of_remaining')),
    document_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (document_type IN ('blank', 'payment', 'invoice', 'credit_memo', 'refund')),
    document_no CODE(20) NOT NULL DEFAULT '',
    currency_code CODE(10) REFERENCES currency (code),
    amount SCALED NOT NULL DEFAULT 0,
    amount_lcy SCALED NOT NULL DEFAULT 0,
    due_date DATE,
    applied_customer_entry_no BIGNO,
    unapplied BOOL NOT NULL DEFAULT FALSE
);

CREATE INDEX detailed_customer_entry_posting_run_no ON detailed_customer_entry (posting_run_no);

CREATE INDEX detailed_customer_entry_customer_entry_no ON detailed_customer_entry (customer_entry_no);

CREATE TABLE item_ledger_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    item_no CODE(20) NOT NULL REFERENCES item (no),
    variant_code CODE(10) NOT NULL DEFAULT '',
    location_code CODE(20) REFERENCES location (code),
    entry_type CODE(30) NOT NULL DEFAULT 'sale' CHECK (entry_type IN ('sale', 'purchase', 'positive_adjmt', 'negative_adjmt')),
    document_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (document_type IN ('blank', 'service_shipment', 'service_invoice', 'service_credit_memo')),
    document_no CODE(20) NOT NULL DEFAULT '',
    document_line_no INT NOT NULL DEFAULT 0,
    document_date DATE,
    external_document_no TEXT(35) NOT NULL DEFAULT '',
    quantity SCALED NOT NULL DEFAULT 0,
    uom CODE(10) NOT NULL DEFAULT '',
    qty_per_uom SCALED NOT NULL DEFAULT 100000,
    invoiced_quantity SCALED NOT NULL DEFAULT 0,
    remaining_quantity SCALED NOT NULL DEFAULT 0,
    shipped_qty_not_returned SCALED NOT NULL DEFAULT 0,
    open BOOL NOT NULL DEFAULT FALSE,
    positive BOOL NOT NULL DEFAULT FALSE,
    completely_invoiced BOOL NOT NULL DEFAULT FALSE,
    applied_entry_to_adjust BOOL NOT NULL DEFAULT FALSE,
    source_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (source_type IN ('blank', 'customer')),
    source_no CODE(20) NOT NULL DEFAULT '',
    country_code CODE(10) NOT NULL DEFAULT '',
    order_no CODE(20) NOT NULL DEFAULT '',
    order_line_no INT NOT NULL DEFAULT 0,
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT '',
    CHECK (quantity <> 0)
);

CREATE INDEX item_ledger_entry_posting_run_no ON item_ledger_entry (posting_run_no);

CREATE INDEX item_ledger_entry_item_no_posting_date ON item_ledger_entry (item_no, posting_date);

CREATE INDEX item_ledger_entry_document_no ON item_ledger_entry (document_no);

CREATE TABLE item_application (
    id AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    outbound_entry_no BIGNO NOT NULL,
    inbound_entry_no BIGNO NOT NULL,
    quantity SCALED NOT NULL DEFAULT 0
);

CREATE INDEX item_application_posting_run_no ON item_application (posting_run_no);

CREATE INDEX item_application_outbound_entry_no ON item_application (outbound_entry_no);

CREATE INDEX item_application_inbound_entry_no ON item_application (inbound_entry_no);

CREATE TABLE value_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    item_ledger_entry_no BIGNO NOT NULL,
    item_no CODE(20) NOT NULL REFERENCES item (no),
    location_code CODE(20) REFERENCES location (code),
    document_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (document_type IN ('blank', 'service_shipment', 'service_invoice', 'service_credit_memo')),
    document_no CODE(20) NOT NULL DEFAULT '',
    document_line_no INT NOT NULL DEFAULT 0,
    document_date DATE,
    item_ledger_entry_quantity SCALED NOT NULL DEFAULT 0,
    valued_quantity SCALED NOT NULL DEFAULT 0,
    invoiced_quantity SCALED NOT NULL DEFAULT 0,
    cost_per_unit SCALED NOT NULL DEFAULT 0,
    sales_amount_expected SCALED NOT NULL DEFAULT 0,
    sales_amount_actual SCALED NOT NULL DEFAULT 0,
    cost_amount_expected SCALED NOT NULL DEFAULT 0,
    cost_amount_actual SCALED NOT NULL DEFAULT 0,
    discount_amount SCALED NOT NULL DEFAULT 0,
    cost_posted_to_gl SCALED NOT NULL DEFAULT 0,
    expected_cost_posted_to_gl SCALED NOT NULL DEFAULT 0,
    expected_cost BOOL NOT NULL DEFAULT FALSE,
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    inventory_posting_group CODE(20) REFERENCES inventory_posting_group (code),
    source_no CODE(20) NOT NULL DEFAULT '',
    salesperson_code CODE(20) NOT NULL DEFAULT '',
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT ''
);

CREATE INDEX value_entry_posting_run_no ON value_entry (posting_run_no);

CREATE INDEX value_entry_item_ledger_entry_no ON value_entry (item_ledger_entry_no);

CREATE INDEX value_entry_document_no ON value_entry (document_no);

CREATE TABLE resource_ledger_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    entry_type CODE(30) NOT NULL DEFAULT 'usage' CHECK (entry_type IN ('usage', 'sale')),
    document_type CODE(30) NOT NULL DEFAULT 'shipment' CHECK (document_type IN ('shipment', 'invoice', 'credit_memo')),
    document_no CODE(20) NOT NULL DEFAULT '',
    external_document_no TEXT(35) NOT NULL DEFAULT '',
    document_date DATE,
    resource_no CODE(20) NOT NULL REFERENCES resource (no),
    work_type_code CODE(10) NOT NULL DEFAULT '',
    description TEXT(100) NOT NULL DEFAULT '',
    quantity SCALED NOT NULL DEFAULT 0,
    uom CODE(10) NOT NULL DEFAULT '',
    qty_per_uom SCALED NOT NULL DEFAULT 100000,
    quantity_base SCALED NOT NULL DEFAULT 0,
    unit_cost SCALED NOT NULL DEFAULT 0,
    total_cost SCALED NOT NULL DEFAULT 0,
    unit_price SCALED NOT NULL DEFAULT 0,
    total_price SCALED NOT NULL DEFAULT 0,
    chargeable BOOL NOT NULL DEFAULT TRUE,
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    source_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (source_type IN ('blank', 'customer')),
    source_no CODE(20) NOT NULL DEFAULT '',
    order_no CODE(20) NOT NULL DEFAULT '',
    order_line_no INT NOT NULL DEFAULT 0,
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT ''
);

CREATE INDEX resource_ledger_entry_posting_run_no ON resource_ledger_entry (posting_run_no);

CREATE INDEX resource_ledger_entry_resource_no_posting_date ON resource_ledger_entry (resource_no, posting_date);

CREATE INDEX resource_ledger_entry_document_no ON resource_ledger_entry (document_no);

CREATE TABLE service_ledger_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    entry_type CODE(30) NOT NULL DEFAULT 'usage' CHECK (entry_type IN ('usage', 'sale', 'consume')),
    type CODE(30) NOT NULL DEFAULT 'blank' CHECK (type IN ('blank', 'resource', 'item', 'service_cost', 'service_contract', 'gl_account')),
    no CODE(20) NOT NULL DEFAULT '',
    description TEXT(100) NOT NULL DEFAULT '',
    document_type CODE(30) NOT NULL DEFAULT 'blank' CHECK (document_type IN ('blank', 'payment', 'invoice', 'credit_memo', 'shipment')),
    document_no CODE(20) NOT NULL DEFAULT '',
    document_line_no INT NOT NULL DEFAULT 0,
    external_document_no TEXT(35) NOT NULL DEFAULT '',
    customer_no CODE(20) REFERENCES customer (no),
    bill_to_customer_no CODE(20) REFERENCES customer (no),
    ship_to_code CODE(10) NOT NULL DEFAULT '',
    service_order_no CODE(20) NOT NULL DEFAULT '',
    service_contract_no CODE(20) NOT NULL DEFAULT '',
    contract_account_group CODE(10) NOT NULL DEFAULT '',
    contract_group_code CODE(10) NOT NULL DEFAULT '',
    service_order_type CODE(10) NOT NULL DEFAULT '',
    service_item_no CODE(20) REFERENCES service_item (no),
    item_no_serviced CODE(20) NOT NULL DEFAULT '',
    serial_no_serviced TEXT(50) NOT NULL DEFAULT '',
    variant_code_serviced CODE(10) NOT NULL DEFAULT '',
    quantity SCALED NOT NULL DEFAULT 0,
    charged_qty SCALED NOT NULL DEFAULT 0,
    unit_cost SCALED NOT NULL DEFAULT 0,
    cost_amount SCALED NOT NULL DEFAULT 0,
    unit_price SCALED NOT NULL DEFAULT 0,
    discount_pct SCALED NOT NULL DEFAULT 0,
    discount_amount SCALED NOT NULL DEFAULT 0,
    contract_disc_amount SCALED NOT NULL DEFAULT 0,
    amount_lcy SCALED NOT NULL DEFAULT 0,
    amount SCALED NOT NULL DEFAULT 0,
    open BOOL NOT NULL DEFAULT FALSE,
    prepaid BOOL NOT NULL DEFAULT FALSE,
    moved_from_prepaid BOOL NOT NULL DEFAULT FALSE,
    released_by CODE(20) NOT NULL DEFAULT '',
    applies_to_entry_no BIGNO,
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    location_code CODE(20) REFERENCES location (code),
    uom CODE(10) NOT NULL DEFAULT '',
    work_type_code CODE(10) NOT NULL DEFAULT '',
    fault_reason_code CODE(20) NOT NULL DEFAULT '',
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT '',
    user_name CODE(50) NOT NULL DEFAULT ''
);

CREATE INDEX service_ledger_entry_posting_run_no ON service_ledger_entry (posting_run_no);

CREATE INDEX service_ledger_entry_service_order_no ON service_ledger_entry (service_order_no);

CREATE INDEX service_ledger_entry_service_item_no ON service_ledger_entry (service_item_no);

CREATE INDEX service_ledger_entry_document_no ON service_ledger_entry (document_no);

CREATE TABLE warranty_ledger_entry (
    entry_no AUTOKEY,
    posting_run_no BIGNO NOT NULL REFERENCES posting_run (no),
    posting_date DATE NOT NULL,
    document_no CODE(20) NOT NULL DEFAULT '',
    document_line_no INT NOT NULL DEFAULT 0,
    customer_no CODE(20) REFERENCES customer (no),
    bill_to_customer_no CODE(20) REFERENCES customer (no),
    ship_to_code CODE(10) NOT NULL DEFAULT '',
    service_item_no CODE(20) REFERENCES service_item (no),
    item_no_serviced CODE(20) NOT NULL DEFAULT '',
    serial_no_serviced TEXT(50) NOT NULL DEFAULT '',
    service_item_group CODE(10) NOT NULL DEFAULT '',
    service_order_no CODE(20) NOT NULL DEFAULT '',
    service_order_line_no INT NOT NULL DEFAULT 0,
    service_contract_no CODE(20) NOT NULL DEFAULT '',
    fault_area_code CODE(10) NOT NULL DEFAULT '',
    symptom_code CODE(10) NOT NULL DEFAULT '',
    fault_code CODE(10) NOT NULL DEFAULT '',
    fault_reason_code CODE(20) NOT NULL DEFAULT '',
    resolution_code CODE(10) NOT NULL DEFAULT '',
    type CODE(30) NOT NULL DEFAULT 'item' CHECK (type IN ('item', 'resource')),
    no CODE(20) NOT NULL DEFAULT '',
    description TEXT(100) NOT NULL DEFAULT '',
    quantity SCALED NOT NULL DEFAULT 0,
    uom CODE(10) NOT NULL DEFAULT '',
    work_type_code CODE(10) NOT NULL DEFAULT '',
    amount SCALED NOT NULL DEFAULT 0,
    vendor_no CODE(20) NOT NULL DEFAULT '',
    vendor_item_no TEXT(50) NOT NULL DEFAULT '',
    open BOOL NOT NULL DEFAULT FALSE,
    gen_bus_group CODE(20) REFERENCES gen_bus_group (code),
    gen_prod_group CODE(20) REFERENCES gen_prod_group (code),
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT ''
);

CREATE INDEX warranty_ledger_entry_posting_run_no ON warranty_ledger_entry (posting_run_no);

CREATE INDEX warranty_ledger_entry_service_order_no_service_order_line_no ON warranty_ledger_entry (service_order_no, service_order_line_no);

CREATE INDEX warranty_ledger_entry_document_no ON warranty_ledger_entry (document_no);

CREATE INDEX item_ledger_entry_open ON item_ledger_entry (item_no, entry_no) WHERE open;

CREATE INDEX customer_ledger_entry_open ON customer_ledger_entry (customer_no, due_date) WHERE open;

CREATE UNIQUE INDEX customer_ledger_entry_document ON customer_ledger_entry (document_type, document_no) WHERE document_type IN ('invoice', 'credit_memo');

CREATE UNIQUE INDEX vat_entry_gl_entry ON vat_entry (gl_entry_no);
