-- Bundles of lines that are put on an order at once (D-31).

CREATE TABLE standard_service_code (
    code CODE(20) NOT NULL PRIMARY KEY CHECK (code <> ''),
    description TEXT(100) NOT NULL DEFAULT '',
    currency_code CODE(10) REFERENCES currency (code),
    service_item_group CODE(10) REFERENCES service_item_group (code),
    row_version INT NOT NULL DEFAULT 1
);

CREATE TABLE standard_service_line (
    id AUTOKEY,
    standard_service_code CODE(20) NOT NULL REFERENCES standard_service_code (code),
    line_no INT NOT NULL DEFAULT 0,
    type CODE(30) NOT NULL DEFAULT 'blank' CHECK (type IN ('blank', 'item', 'resource', 'cost', 'gl_account')),
    no CODE(20) NOT NULL DEFAULT '',
    description TEXT(100) NOT NULL DEFAULT '',
    quantity SCALED NOT NULL DEFAULT 0,
    uom CODE(10) REFERENCES unit_of_measure (code),
    amount SCALED NOT NULL DEFAULT 0,
    dim_1 CODE(20) NOT NULL DEFAULT '',
    dim_2 CODE(20) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (standard_service_code, line_no)
);
