-- Texts that an item, a resource, an account or a standard text brings onto a document (D-30).

CREATE TABLE extended_text (
    id AUTOKEY,
    type CODE(30) NOT NULL DEFAULT 'blank' CHECK (type IN ('blank', 'item', 'resource', 'gl_account')),
    no CODE(20) NOT NULL DEFAULT '',
    text_no INT NOT NULL DEFAULT 0,
    language_code CODE(10) REFERENCES language (code),
    starting_date DATE,
    ending_date DATE,
    on_orders BOOL NOT NULL DEFAULT TRUE,
    on_invoices BOOL NOT NULL DEFAULT TRUE,
    on_credit_memos BOOL NOT NULL DEFAULT TRUE,
    automatic BOOL NOT NULL DEFAULT FALSE,
    text LONGTEXT NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (type, no, text_no)
);
