-- Service contracts (C-7 … C-20): set-up, contracts and quotes, what happened to them, and what is billed of each day.
CREATE TABLE contract_group (
    row_version INT NOT NULL DEFAULT 1,
    code CODE(10) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    discounts_on_contract_orders_only BOOL NOT NULL DEFAULT FALSE
);

CREATE TABLE contract_template (
    row_version INT NOT NULL DEFAULT 1,
    description TEXT(100) NOT NULL DEFAULT '',
    contract_account_group CODE(10) REFERENCES contract_account_group (code),
    contract_group_code CODE(10) REFERENCES contract_group (code),
    invoice_period CODE(30) NOT NULL DEFAULT 'month' CHECK (invoice_period IN ('month', 'two_months', 'quarter', 'half_year', 'year', 'none')),
    prepaid BOOL NOT NULL DEFAULT FALSE,
    allow_unbalanced_amounts BOOL NOT NULL DEFAULT FALSE,
    combine_invoices BOOL NOT NULL DEFAULT FALSE,
    contract_lines_on_invoice BOOL NOT NULL DEFAULT FALSE,
    invoice_after_service BOOL NOT NULL DEFAULT FALSE,
    automatic_credit_memos BOOL NOT NULL DEFAULT FALSE,
    service_order_type CODE(10) REFERENCES service_order_type (code),
    service_period TEXT(20) NOT NULL DEFAULT '',
    response_time_hours SCALED NOT NULL DEFAULT 0,
    max_labor_unit_price SCALED NOT NULL DEFAULT 0,
    price_update_period TEXT(20) NOT NULL DEFAULT '1Y',
    price_increase_text CODE(20) REFERENCES standard_text (code),
    no CODE(20) NOT NULL PRIMARY KEY CHECK (no <> ''),
    CHECK (NOT (prepaid AND invoice_after_service))
);

CREATE TABLE contract_template_discount (
    row_version INT NOT NULL DEFAULT 1,
    id AUTOKEY,
    template_no CODE(20) NOT NULL REFERENCES contract_template (no),
    type CODE(30) NOT NULL DEFAULT 'service_item_group' CHECK (type IN ('service_item_group', 'resource_group', 'cost')),
    code CODE(20) NOT NULL DEFAULT '',
    starting_date DATE NOT NULL,
    discount_pct PERCENT NOT NULL DEFAULT 0,
    UNIQUE (template_no, type, code, starting_date)
);

CREATE TABLE service_contract (
    description TEXT(100) NOT NULL DEFAULT '',
    contract_account_group CODE(10) REFERENCES contract_account_group (code),
    contract_group_code CODE(10) REFERENCES contract_group (code),
    invoice_period CODE(30) NOT NULL DEFAULT 'month' CHECK (invoice_period IN ('month', 'two_months', 'quarter', 'half_year', 'year', 'none')),
    prepaid BOOL NOT NULL DEFAULT FALSE,
    allow_unbalanced_amounts BOOL NOT NULL DEFAULT FALSE,
    combine_invoices BOOL NOT NULL DEFAULT FALSE,
    contract_lines_on_invoice BOOL NOT NULL DEFAULT FALSE,
    invoice_after_service BOOL NOT NULL DEFAULT FALSE,
    automatic_credit_memos BOOL NOT NULL DEFAULT FALSE,
    service_order_type CODE(10) REFERENCES service_order_type (code),
    service_period TEXT(20) NOT NULL DEFAULT '',
    response_time_hours SCALED NOT NULL DEFAULT 0,
    max_labor_unit_price SCALED NOT NULL DEFAULT 0,
    price_update_period TEXT(20) NOT NULL DEFAULT '1Y',
    price_increase_text CODE(20) REFERENCES standard_text (code),
    kind CODE(30) NOT NULL DEFAULT 'quote' CHECK (kind IN ('quote', 'contract')),
    no CODE(20) NOT NULL DEFAULT '',
    status CODE(30) NOT NULL DEFAULT 'blank' CHECK (status IN ('blank', 'signed', 'cancelled')),
    change_status CODE(30) NOT NULL DEFAULT 'open' CHECK (change_status IN ('open', 'locked')),
    customer_no CODE(20) REFERENCES customer (no),
    ship_to_code CODE(10) NOT NULL DEFAULT '',
    bill_to_customer_no CODE(20) REFERENCES customer (no),
    contact TEXT(100) NOT NULL DEFAULT '',
    your_reference TEXT(35) NOT NULL DEFAULT '',
    salesperson_code CODE(20) REFERENCES salesperson (code),
    payment_terms_code CODE(10) REFERENCES payment_terms (code),
    payment_method_code CODE(10) REFERENCES payment_method (code),
    currency_code CODE(10) REFERENCES currency (code),
    starting_date DATE,
    expiration_date DATE,
    last_invoice_date DATE,
    next_invoice_date DATE,
    next_period_start DATE,
    next_period_end DATE,
    last_period_end DATE,
    annual_amount SCALED NOT NULL DEFAULT 0,
    amount_per_period SCALED NOT NULL DEFAULT 0,
    first_service_date DATE,
    last_price_update_date DATE,
    next_price_update_date DATE,
    last_price_update_pct SCALED NOT NULL DEFAULT 0,
    print_increase_text BOOL NOT NULL DEFAULT FALSE,
    cancel_reason_code CODE(20) REFERENCES reason_code (code),
    template_no CODE(20) NOT NULL DEFAULT '',
    accept_before DATE,
    probability PERCENT NOT NULL DEFAULT 0,
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT '',
    created_by CODE(50) NOT NULL DEFAULT '',
    created_at MOMENT,
    row_version INT NOT NULL DEFAULT 1,
    last_line_no INT NOT NULL DEFAULT 0,
    id AUTOKEY,
    UNIQUE (kind, no),
    CHECK (no <> ''),
    CHECK (annual_amount >= 0),
    CHECK (kind = 'contract' OR status <> 'signed'),
    CHECK (status <> 'cancelled' OR change_status = 'locked'),
    CHECK (NOT (prepaid AND invoice_after_service)),
    CHECK (expiration_date IS NULL OR starting_date <= expiration_date),
    CHECK ((next_invoice_date IS NULL) = (next_period_start IS NULL)),
    CHECK ((next_invoice_date IS NULL) = (next_period_end IS NULL)),
    CHECK (next_period_start <= next_period_end),
    CHECK (invoice_period <> 'none' OR next_invoice_date IS NULL),
    CHECK (status <> 'signed' OR (starting_date IS NOT NULL AND customer_no IS NOT NULL))
);

CREATE TABLE service_contract_line (
    line_no INT NOT NULL DEFAULT 0,
    service_item_no CODE(20) REFERENCES service_item (no),
    item_no CODE(20) REFERENCES item (no),
    variant_code CODE(10) NOT NULL DEFAULT '',
    uom CODE(10) REFERENCES unit_of_measure (code),
    description TEXT(100) NOT NULL DEFAULT '',
    serial_no TEXT(50) NOT NULL DEFAULT '',
    line_value SCALED NOT NULL DEFAULT 0,
    line_discount_pct SCALED NOT NULL DEFAULT 0,
    line_discount_amount SCALED NOT NULL DEFAULT 0,
    line_amount SCALED NOT NULL DEFAULT 0,
    line_cost SCALED NOT NULL DEFAULT 0,
    profit SCALED NOT NULL DEFAULT 0,
    starting_date DATE,
    contract_expiration_date DATE,
    credit_memo_date DATE,
    credited BOOL NOT NULL DEFAULT FALSE,
    new_line BOOL NOT NULL DEFAULT TRUE,
    invoiced_to_date DATE,
    service_period TEXT(20) NOT NULL DEFAULT '',
    next_planned_service_date DATE,
    last_planned_service_date DATE,
    last_service_date DATE,
    response_time_hours SCALED NOT NULL DEFAULT 0,
    id AUTOKEY,
    kind CODE(30) NOT NULL DEFAULT 'quote' CHECK (kind IN ('quote', 'contract')),
    contract_no CODE(20) NOT NULL DEFAULT '',
    FOREIGN KEY (kind, contract_no) REFERENCES service_contract (kind, no),
    UNIQUE (kind, contract_no, line_no),
    CHECK (line_no > 0),
    CHECK (description <> ''),
    CHECK (service_item_no IS NULL OR item_no IS NULL),
    CHECK (line_value >= 0),
    CHECK (line_discount_pct <= 10000000),
    CHECK (line_discount_amount = line_value - line_amount AND profit = line_amount - line_cost),
    CHECK (contract_expiration_date IS NULL OR starting_date IS NULL OR starting_date <= contract_expiration_date),
    CHECK (credit_memo_date IS NULL OR credit_memo_date <= contract_expiration_date)
);

CREATE TABLE contract_discount (
    id AUTOKEY,
    kind CODE(30) NOT NULL DEFAULT 'quote' CHECK (kind IN ('quote', 'contract')),
    contract_no CODE(20) NOT NULL DEFAULT '',
    type CODE(30) NOT NULL DEFAULT 'service_item_group' CHECK (type IN ('service_item_group', 'resource_group', 'cost')),
    code CODE(20) NOT NULL DEFAULT '',
    starting_date DATE NOT NULL,
    discount_pct PERCENT NOT NULL DEFAULT 0,
    FOREIGN KEY (kind, contract_no) REFERENCES service_contract (kind, no),
    UNIQUE (kind, contract_no, type, code, starting_date)
);

CREATE TABLE contract_comment (
    id AUTOKEY,
    kind CODE(30) NOT NULL DEFAULT 'quote' CHECK (kind IN ('quote', 'contract')),
    contract_no CODE(20) NOT NULL DEFAULT '',
    date DATE,
    text LONGTEXT NOT NULL DEFAULT '',
    user_name CODE(50) NOT NULL DEFAULT '',
    FOREIGN KEY (kind, contract_no) REFERENCES service_contract (kind, no)
);

CREATE TABLE contract_change_log (
    entry_no AUTOKEY,
    kind CODE(30) NOT NULL DEFAULT 'quote' CHECK (kind IN ('quote', 'contract')),
    contract_no CODE(20) NOT NULL DEFAULT '',
    user_name CODE(50) NOT NULL DEFAULT '',
    at MOMENT NOT NULL,
    part CODE(30) NOT NULL DEFAULT 'header' CHECK (part IN ('header', 'line', 'discount')),
    change CODE(30) NOT NULL DEFAULT 'modify' CHECK (change IN ('modify', 'insert', 'delete')),
    field CODE(60) NOT NULL DEFAULT '',
    old_value TEXT(250) NOT NULL DEFAULT '',
    new_value TEXT(250) NOT NULL DEFAULT '',
    service_item_no CODE(20) NOT NULL DEFAULT '',
    line_no INT NOT NULL DEFAULT 0
);

CREATE TABLE contract_gain_loss_entry (
    entry_no AUTOKEY,
    contract_no CODE(20) NOT NULL DEFAULT '',
    contract_group_code CODE(10) NOT NULL DEFAULT '',
    date DATE NOT NULL,
    kind CODE(30) NOT NULL DEFAULT 'line_added' CHECK (kind IN ('line_added', 'line_deleted', 'signed', 'cancelled', 'manual_update', 'price_update')),
    amount SCALED NOT NULL DEFAULT 0,
    reason_code CODE(20) NOT NULL DEFAULT '',
    customer_no CODE(20) REFERENCES customer (no),
    user_name CODE(50) NOT NULL DEFAULT ''
);

CREATE TABLE contract_waiver (
    entry_no AUTOKEY,
    contract_no CODE(20) NOT NULL DEFAULT '',
    contract_line_no INT NOT NULL DEFAULT 0,
    period_from DATE NOT NULL,
    period_to DATE NOT NULL,
    amount SCALED NOT NULL DEFAULT 0,
    reason TEXT(250) NOT NULL DEFAULT '',
    user_name CODE(50) NOT NULL DEFAULT '',
    at MOMENT NOT NULL,
    CHECK (period_from <= period_to),
    CHECK (reason <> '')
);

CREATE TABLE filed_contract (
    description TEXT(100) NOT NULL DEFAULT '',
    contract_account_group CODE(10) REFERENCES contract_account_group (code),
    contract_group_code CODE(10) REFERENCES contract_group (code),
    invoice_period CODE(30) NOT NULL DEFAULT 'month' CHECK (invoice_period IN ('month', 'two_months', 'quarter', 'half_year', 'year', 'none')),
    prepaid BOOL NOT NULL DEFAULT FALSE,
    allow_unbalanced_amounts BOOL NOT NULL DEFAULT FALSE,
    combine_invoices BOOL NOT NULL DEFAULT FALSE,
    contract_lines_on_invoice BOOL NOT NULL DEFAULT FALSE,
    invoice_after_service BOOL NOT NULL DEFAULT FALSE,
    automatic_credit_memos BOOL NOT NULL DEFAULT FALSE,
    service_order_type CODE(10) REFERENCES service_order_type (code),
    service_period TEXT(20) NOT NULL DEFAULT '',
    response_time_hours SCALED NOT NULL DEFAULT 0,
    max_labor_unit_price SCALED NOT NULL DEFAULT 0,
    price_update_period TEXT(20) NOT NULL DEFAULT '1Y',
    price_increase_text CODE(20) REFERENCES standard_text (code),
    kind CODE(30) NOT NULL DEFAULT 'quote' CHECK (kind IN ('quote', 'contract')),
    no CODE(20) NOT NULL DEFAULT '',
    status CODE(30) NOT NULL DEFAULT 'blank' CHECK (status IN ('blank', 'signed', 'cancelled')),
    change_status CODE(30) NOT NULL DEFAULT 'open' CHECK (change_status IN ('open', 'locked')),
    customer_no CODE(20) REFERENCES customer (no),
    ship_to_code CODE(10) NOT NULL DEFAULT '',
    bill_to_customer_no CODE(20) REFERENCES customer (no),
    contact TEXT(100) NOT NULL DEFAULT '',
    your_reference TEXT(35) NOT NULL DEFAULT '',
    salesperson_code CODE(20) REFERENCES salesperson (code),
    payment_terms_code CODE(10) REFERENCES payment_terms (code),
    payment_method_code CODE(10) REFERENCES payment_method (code),
    currency_code CODE(10) REFERENCES currency (code),
    starting_date DATE,
    expiration_date DATE,
    last_invoice_date DATE,
    next_invoice_date DATE,
    next_period_start DATE,
    next_period_end DATE,
    last_period_end DATE,
    annual_amount SCALED NOT NULL DEFAULT 0,
    amount_per_period SCALED NOT NULL DEFAULT 0,
    first_service_date DATE,
    last_price_update_date DATE,
    next_price_update_date DATE,
    last_price_update_pct SCALED NOT NULL DEFAULT 0,
    print_increase_text BOOL NOT NULL DEFAULT FALSE,
    cancel_reason_code CODE(20) REFERENCES reason_code (code),
    template_no CODE(20) NOT NULL DEFAULT '',
    accept_before DATE,
    probability PERCENT NOT NULL DEFAULT 0,
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT '',
    created_by CODE(50) NOT NULL DEFAULT '',
    created_at MOMENT,
    row_version INT NOT NULL DEFAULT 1,
    last_line_no INT NOT NULL DEFAULT 0,
    file_no AUTOKEY,
    filed_at MOMENT NOT NULL,
    filed_by CODE(50) NOT NULL DEFAULT '',
    filed_reason CODE(30) NOT NULL DEFAULT 'blank' CHECK (filed_reason IN ('blank', 'signed', 'cancelled')),
    comments LONGTEXT NOT NULL DEFAULT ''
);

CREATE TABLE filed_contract_line (
    line_no INT NOT NULL DEFAULT 0,
    service_item_no CODE(20) REFERENCES service_item (no),
    item_no CODE(20) REFERENCES item (no),
    variant_code CODE(10) NOT NULL DEFAULT '',
    uom CODE(10) REFERENCES unit_of_measure (code),
    description TEXT(100) NOT NULL DEFAULT '',
    serial_no TEXT(50) NOT NULL DEFAULT '',
    line_value SCALED NOT NULL DEFAULT 0,
    line_discount_pct SCALED NOT NULL DEFAULT 0,
    line_discount_amount SCALED NOT NULL DEFAULT 0,
    line_amount SCALED NOT NULL DEFAULT 0,
    line_cost SCALED NOT NULL DEFAULT 0,
    profit SCALED NOT NULL DEFAULT 0,
    starting_date DATE,
    contract_expiration_date DATE,
    credit_memo_date DATE,
    credited BOOL NOT NULL DEFAULT FALSE,
    new_line BOOL NOT NULL DEFAULT TRUE,
    invoiced_to_date DATE,
    service_period TEXT(20) NOT NULL DEFAULT '',
    next_planned_service_date DATE,
    last_planned_service_date DATE,
    last_service_date DATE,
    response_time_hours SCALED NOT NULL DEFAULT 0,
    id AUTOKEY,
    file_no BIGNO NOT NULL,
    FOREIGN KEY (file_no) REFERENCES filed_contract (file_no),
    UNIQUE (file_no, line_no)
);

CREATE TABLE filed_contract_discount (
    id AUTOKEY,
    file_no BIGNO NOT NULL,
    type CODE(30) NOT NULL DEFAULT 'service_item_group' CHECK (type IN ('service_item_group', 'resource_group', 'cost')),
    code CODE(20) NOT NULL DEFAULT '',
    starting_date DATE NOT NULL,
    discount_pct PERCENT NOT NULL DEFAULT 0,
    FOREIGN KEY (file_no) REFERENCES filed_contract (file_no),
    UNIQUE (file_no, type, code, starting_date)
);

CREATE INDEX service_contract_due ON service_contract (next_invoice_date, no) WHERE kind = 'contract' AND status = 'signed';

CREATE INDEX service_contract_customer_no ON service_contract (customer_no);

CREATE INDEX service_contract_bill_to_customer_no ON service_contract (bill_to_customer_no);

-- A service item stands once in a contract (C-26).
CREATE UNIQUE INDEX service_contract_line_service_item ON service_contract_line (kind, contract_no, service_item_no) WHERE service_item_no IS NOT NULL;

CREATE INDEX service_contract_line_service_item_no ON service_contract_line (service_item_no);

CREATE INDEX service_contract_line_item_no ON service_contract_line (item_no);

CREATE INDEX contract_comment_contract ON contract_comment (kind, contract_no);

CREATE INDEX contract_change_log_contract ON contract_change_log (kind, contract_no, entry_no);

CREATE INDEX contract_gain_loss_entry_contract_no ON contract_gain_loss_entry (contract_no, entry_no);

CREATE INDEX contract_waiver_contract ON contract_waiver (contract_no, contract_line_no, period_from);

CREATE INDEX filed_contract_contract ON filed_contract (kind, no, file_no);

-- Further settings, and what a machine costs a year when it comes into a contract (C-20, C-50).

ALTER TABLE service_setup ADD COLUMN contract_template_nos CODE(20) REFERENCES number_series (code);

ALTER TABLE service_setup ADD COLUMN contract_line_inv_text CODE(20) REFERENCES standard_text (code);

ALTER TABLE service_setup ADD COLUMN contract_inv_line_text CODE(20) REFERENCES standard_text (code);

ALTER TABLE service_setup ADD COLUMN contract_inv_period_text CODE(20) REFERENCES standard_text (code);

ALTER TABLE service_setup ADD COLUMN contract_credit_line_text CODE(20) REFERENCES standard_text (code);

ALTER TABLE service_setup ADD COLUMN register_contract_changes BOOL NOT NULL DEFAULT TRUE;

ALTER TABLE service_setup ADD COLUMN use_contract_cancel_reason BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE service_setup ADD COLUMN contract_response_time_mandatory BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE service_setup ADD COLUMN contract_value_pct PERCENT NOT NULL DEFAULT 0;

ALTER TABLE service_setup ADD COLUMN contract_value_method CODE(30) NOT NULL DEFAULT 'none' CHECK (contract_value_method IN ('none', 'unit_price', 'unit_cost'));

ALTER TABLE service_setup ADD COLUMN next_service_method CODE(30) NOT NULL DEFAULT 'planned' CHECK (next_service_method IN ('planned', 'actual'));

ALTER TABLE service_setup ADD COLUMN contract_order_max_days INT NOT NULL DEFAULT 0;

ALTER TABLE service_setup ADD COLUMN one_service_item_line_per_order BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE service_setup ADD COLUMN last_contract_order_date DATE;

ALTER TABLE service_setup ADD COLUMN delete_filed_contracts BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE service_item ADD COLUMN default_contract_value SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_item ADD COLUMN default_contract_cost SCALED NOT NULL DEFAULT 0;

ALTER TABLE service_item ADD COLUMN default_contract_discount_pct PERCENT NOT NULL DEFAULT 0;

-- The making and the deleting of a contract invoice are runs of the register, too (C-19).
ALTER TABLE posting_run ADD COLUMN purpose CODE(30) NOT NULL DEFAULT 'posting' CHECK (purpose IN ('posting', 'creation', 'deletion'));

-- What the invoice of a contract moved, as it stood before (C-16).
ALTER TABLE service_document_register ADD COLUMN invoice_period CODE(30) NOT NULL DEFAULT 'blank' CHECK (invoice_period IN ('blank', 'month', 'two_months', 'quarter', 'half_year', 'year', 'none'));

ALTER TABLE service_document_register ADD COLUMN last_invoice_date DATE;

ALTER TABLE service_document_register ADD COLUMN next_invoice_date DATE;

ALTER TABLE service_document_register ADD COLUMN next_period_start DATE;

ALTER TABLE service_document_register ADD COLUMN next_period_end DATE;

ALTER TABLE service_document_register ADD COLUMN last_period_end DATE;

ALTER TABLE service_document_register ADD COLUMN invoiced_to_dates LONGTEXT NOT NULL DEFAULT '';

ALTER TABLE service_document_register ADD COLUMN print_increase_text BOOL NOT NULL DEFAULT FALSE;

-- Which days of which line an entry bills or credits (C-17).
ALTER TABLE service_ledger_entry ADD COLUMN contract_line_no INT NOT NULL DEFAULT 0;

ALTER TABLE service_ledger_entry ADD COLUMN period_from DATE;

ALTER TABLE service_ledger_entry ADD COLUMN period_to DATE;

ALTER TABLE service_ledger_entry ADD COLUMN invoice_period CODE(30) NOT NULL DEFAULT 'blank' CHECK (invoice_period IN ('blank', 'month', 'two_months', 'quarter', 'half_year', 'year', 'none'));

ALTER TABLE service_ledger_entry ADD COLUMN posted_gross BOOL NOT NULL DEFAULT FALSE;

CREATE INDEX service_ledger_entry_contract ON service_ledger_entry (service_contract_no, contract_line_no, period_from) WHERE service_contract_no <> '';

DROP VIEW service_ledger_entry_decimal;

CREATE VIEW service_ledger_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, entry_type, type, no, description, document_type, document_no,
    document_line_no, external_document_no, customer_no, bill_to_customer_no, ship_to_code, service_order_no,
    service_contract_no, contract_line_no, period_from, period_to, invoice_period, contract_account_group,
    contract_group_code, service_order_type, service_item_no,
    item_no_serviced, serial_no_serviced, variant_code_serviced, DECIMAL(quantity, 5) AS quantity,
    DECIMAL(charged_qty, 5) AS charged_qty, DECIMAL(unit_cost, 5) AS unit_cost, DECIMAL(cost_amount, 5) AS
    cost_amount, DECIMAL(unit_price, 5) AS unit_price, DECIMAL(discount_pct, 5) AS discount_pct,
    DECIMAL(discount_amount, 5) AS discount_amount, DECIMAL(contract_disc_amount, 5) AS contract_disc_amount,
    DECIMAL(amount_lcy, 5) AS amount_lcy, DECIMAL(amount, 5) AS amount, open, prepaid, moved_from_prepaid, posted_gross,
    released_by, applies_to_entry_no, gen_bus_group, gen_prod_group, location_code, uom, work_type_code,
    fault_reason_code, dim_1, dim_2, user_name
FROM service_ledger_entry;

-- As before, with the new columns. What posting a contract invoice settles (O-19, C-120) can change until it is posted.
-- only: sqlite
DROP TRIGGER service_ledger_entry_never_changes;

-- only: postgresql
DROP TRIGGER service_ledger_entry_never_changes ON service_ledger_entry;

-- only: sqlite
CREATE TRIGGER service_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, entry_type, type, no, description, document_line_no,
    external_document_no, customer_no, bill_to_customer_no, ship_to_code, service_order_no,
    service_contract_no, contract_line_no, period_from, period_to, invoice_period, contract_account_group,
    contract_group_code, service_order_type, service_item_no, item_no_serviced, serial_no_serviced,
    variant_code_serviced, quantity, charged_qty, unit_cost, cost_amount, discount_pct, discount_amount,
    contract_disc_amount, amount, prepaid, applies_to_entry_no, gen_bus_group, gen_prod_group, location_code, uom,
    work_type_code, fault_reason_code, dim_1, dim_2, user_name
ON service_ledger_entry BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_ledger_entry');
END;

-- only: postgresql
CREATE TRIGGER service_ledger_entry_never_changes BEFORE UPDATE OF
    entry_no, posting_run_no, posting_date, entry_type, type, no, description, document_line_no,
    external_document_no, customer_no, bill_to_customer_no, ship_to_code, service_order_no,
    service_contract_no, contract_line_no, period_from, period_to, invoice_period, contract_account_group,
    contract_group_code, service_order_type, service_item_no, item_no_serviced, serial_no_serviced,
    variant_code_serviced, quantity, charged_qty, unit_cost, cost_amount, discount_pct, discount_amount,
    contract_disc_amount, amount, prepaid, applies_to_entry_no, gen_bus_group, gen_prod_group, location_code, uom,
    work_type_code, fault_reason_code, dim_1, dim_2, user_name
ON service_ledger_entry
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER service_ledger_entry_settled BEFORE UPDATE OF amount_lcy, unit_price, posted_gross
ON service_ledger_entry WHEN NOT OLD.open BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: service_ledger_entry');
END;

-- only: postgresql
CREATE TRIGGER service_ledger_entry_settled BEFORE UPDATE OF amount_lcy, unit_price, posted_gross
ON service_ledger_entry FOR EACH ROW WHEN (NOT OLD.open) EXECUTE FUNCTION posted_rows_never_change();

-- No day of a contract line is billed twice (C-103, C-163): over any day that a new invoice entry covers, the entries
-- that bill it are at most one more than those that take it back, and nobody has waived it (C-171). The contract's row
-- is locked, so that two who bill at once see each other.
-- only: sqlite
CREATE TRIGGER contract_days_billed_once AFTER INSERT ON service_ledger_entry
WHEN NEW.entry_type = 'sale' AND NEW.type = 'service_contract' AND NEW.quantity < 0 AND NEW.contract_line_no <> 0
BEGIN
    SELECT RAISE(ABORT, 'contract days are billed once') WHERE EXISTS (
        SELECT 1 FROM contract_waiver w WHERE w.contract_no = NEW.service_contract_no
        AND w.contract_line_no = NEW.contract_line_no
        AND w.period_from <= NEW.period_to AND w.period_to >= NEW.period_from
    ) OR EXISTS (
        SELECT 1 FROM (
            SELECT NEW.period_from AS day
            UNION SELECT e.period_from FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.period_from BETWEEN NEW.period_from AND NEW.period_to
            UNION SELECT date(e.period_to, '+1 day') FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.period_to >= NEW.period_from AND e.period_to < NEW.period_to
        ) days WHERE (
            SELECT SUM(CASE WHEN e.quantity < 0 THEN 1 ELSE -1 END) FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.entry_type = 'sale' AND e.type = 'service_contract'
            AND e.period_from <= days.day AND e.period_to >= days.day
        ) > 1
    );
END;

-- only: postgresql
CREATE FUNCTION contract_days_billed_once() RETURNS trigger AS $$
BEGIN
    PERFORM 1 FROM service_contract WHERE kind = 'contract' AND no = NEW.service_contract_no FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM contract_waiver w WHERE w.contract_no = NEW.service_contract_no
        AND w.contract_line_no = NEW.contract_line_no
        AND w.period_from <= NEW.period_to AND w.period_to >= NEW.period_from
    ) OR EXISTS (
        SELECT 1 FROM (
            SELECT NEW.period_from AS day
            UNION SELECT e.period_from FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.period_from BETWEEN NEW.period_from AND NEW.period_to
            UNION SELECT e.period_to + 1 FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.period_to >= NEW.period_from AND e.period_to < NEW.period_to
        ) days WHERE (
            SELECT SUM(CASE WHEN e.quantity < 0 THEN 1 ELSE -1 END) FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.entry_type = 'sale' AND e.type = 'service_contract'
            AND e.period_from <= days.day AND e.period_to >= days.day
        ) > 1
    ) THEN
        RAISE EXCEPTION 'contract days are billed once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
CREATE TRIGGER contract_days_billed_once AFTER INSERT ON service_ledger_entry FOR EACH ROW
    WHEN (NEW.entry_type = 'sale' AND NEW.type = 'service_contract' AND NEW.quantity < 0 AND NEW.contract_line_no <> 0)
    EXECUTE FUNCTION contract_days_billed_once();

-- Days that are billed cannot be waived, and none twice.
-- only: sqlite
CREATE TRIGGER contract_days_waived_once AFTER INSERT ON contract_waiver BEGIN
    SELECT RAISE(ABORT, 'billed days cannot be waived') WHERE EXISTS (
        SELECT 1 FROM contract_waiver w WHERE w.contract_no = NEW.contract_no AND w.entry_no <> NEW.entry_no
        AND w.contract_line_no = NEW.contract_line_no
        AND w.period_from <= NEW.period_to AND w.period_to >= NEW.period_from
    ) OR EXISTS (
        SELECT 1 FROM (
            SELECT NEW.period_from AS day
            UNION SELECT e.period_from FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.period_from BETWEEN NEW.period_from AND NEW.period_to
            UNION SELECT date(e.period_to, '+1 day') FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.period_to >= NEW.period_from AND e.period_to < NEW.period_to
        ) days WHERE (
            SELECT COALESCE(SUM(CASE WHEN e.quantity < 0 THEN 1 ELSE -1 END), 0) FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.entry_type = 'sale' AND e.type = 'service_contract'
            AND e.period_from <= days.day AND e.period_to >= days.day
        ) > 0
    );
END;

-- only: postgresql
CREATE FUNCTION contract_days_waived_once() RETURNS trigger AS $$
BEGIN
    PERFORM 1 FROM service_contract WHERE kind = 'contract' AND no = NEW.contract_no FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM contract_waiver w WHERE w.contract_no = NEW.contract_no AND w.entry_no <> NEW.entry_no
        AND w.contract_line_no = NEW.contract_line_no
        AND w.period_from <= NEW.period_to AND w.period_to >= NEW.period_from
    ) OR EXISTS (
        SELECT 1 FROM (
            SELECT NEW.period_from AS day
            UNION SELECT e.period_from FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.period_from BETWEEN NEW.period_from AND NEW.period_to
            UNION SELECT e.period_to + 1 FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.period_to >= NEW.period_from AND e.period_to < NEW.period_to
        ) days WHERE (
            SELECT COALESCE(SUM(CASE WHEN e.quantity < 0 THEN 1 ELSE -1 END), 0) FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.entry_type = 'sale' AND e.type = 'service_contract'
            AND e.period_from <= days.day AND e.period_to >= days.day
        ) > 0
    ) THEN
        RAISE EXCEPTION 'billed days cannot be waived' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
CREATE TRIGGER contract_days_waived_once AFTER INSERT ON contract_waiver
    FOR EACH ROW EXECUTE FUNCTION contract_days_waived_once();

-- What happened to a contract never changes. A filed copy follows its quote when that becomes a contract (C-29), and
-- goes only with its contract.
-- only: sqlite
-- for each: contract_change_log, contract_gain_loss_entry, contract_waiver, filed_contract_line, filed_contract_discount
CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table} BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: {table}');
END;

-- only: postgresql
-- for each: contract_change_log, contract_gain_loss_entry, contract_waiver, filed_contract_line, filed_contract_discount
CREATE TRIGGER {table}_never_changes BEFORE UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
-- for each: contract_change_log, contract_gain_loss_entry, contract_waiver
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: {table}');
END;

-- only: postgresql
-- for each: contract_change_log, contract_gain_loss_entry, contract_waiver
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: sqlite
CREATE TRIGGER filed_contract_never_changes BEFORE UPDATE OF
    description, contract_account_group, contract_group_code, invoice_period, prepaid, allow_unbalanced_amounts,
    combine_invoices, contract_lines_on_invoice, invoice_after_service, automatic_credit_memos, service_order_type,
    service_period, response_time_hours, max_labor_unit_price, price_update_period, price_increase_text, no,
    status, change_status, customer_no, ship_to_code, bill_to_customer_no, contact, your_reference,
    salesperson_code, payment_terms_code, payment_method_code, currency_code, starting_date, expiration_date,
    last_invoice_date, next_invoice_date, next_period_start, next_period_end, last_period_end, annual_amount,
    amount_per_period, first_service_date, last_price_update_date, next_price_update_date, last_price_update_pct,
    print_increase_text, cancel_reason_code, template_no, accept_before, probability, dim_1, dim_2, created_by,
    created_at, row_version, last_line_no, file_no, filed_at, filed_by, filed_reason, comments
ON filed_contract BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: filed_contract');
END;

-- only: postgresql
CREATE TRIGGER filed_contract_never_changes BEFORE UPDATE OF
    description, contract_account_group, contract_group_code, invoice_period, prepaid, allow_unbalanced_amounts,
    combine_invoices, contract_lines_on_invoice, invoice_after_service, automatic_credit_memos, service_order_type,
    service_period, response_time_hours, max_labor_unit_price, price_update_period, price_increase_text, no,
    status, change_status, customer_no, ship_to_code, bill_to_customer_no, contact, your_reference,
    salesperson_code, payment_terms_code, payment_method_code, currency_code, starting_date, expiration_date,
    last_invoice_date, next_invoice_date, next_period_start, next_period_end, last_period_end, annual_amount,
    amount_per_period, first_service_date, last_price_update_date, next_price_update_date, last_price_update_pct,
    print_increase_text, cancel_reason_code, template_no, accept_before, probability, dim_1, dim_2, created_by,
    created_at, row_version, last_line_no, file_no, filed_at, filed_by, filed_reason, comments
ON filed_contract
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- Set-up that is kept in memory.
-- only: postgresql
-- for each: contract_group, contract_template, contract_template_discount
CREATE TRIGGER {table}_draws_version AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION draw_setup_version();

-- only: sqlite
-- for each: contract_group, contract_template, contract_template_discount
CREATE TRIGGER {table}_insert_draws_version AFTER INSERT ON {table} BEGIN
    UPDATE setup_version SET version = random();
END;

-- only: sqlite
-- for each: contract_group, contract_template, contract_template_discount
CREATE TRIGGER {table}_update_draws_version AFTER UPDATE ON {table} BEGIN
    UPDATE setup_version SET version = random();
END;

-- only: sqlite
-- for each: contract_group, contract_template, contract_template_discount
CREATE TRIGGER {table}_delete_draws_version AFTER DELETE ON {table} BEGIN
    UPDATE setup_version SET version = random();
END;
