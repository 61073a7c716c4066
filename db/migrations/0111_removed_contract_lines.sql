-- A line that leaves a signed contract is kept as it stood: days of it that nobody billed stay listed.
CREATE TABLE removed_contract_line (
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
    contract_no CODE(20) NOT NULL DEFAULT '',
    removed_on DATE NOT NULL,
    removed_by CODE(50) NOT NULL DEFAULT '',
    UNIQUE (contract_no, line_no)
);

CREATE INDEX removed_contract_line_service_item_no ON removed_contract_line (service_item_no);

CREATE INDEX removed_contract_line_item_no ON removed_contract_line (item_no);

CREATE INDEX removed_contract_line_uom ON removed_contract_line (uom);
