-- What is printed and mailed with a posted document, by payer and language (D-126).

CREATE TABLE report_selection (
    id AUTOKEY,
    document_kind CODE(30) NOT NULL DEFAULT 'invoice' CHECK (document_kind IN ('invoice', 'credit_memo')),
    customer_no CODE(20) REFERENCES customer (no),
    language_code CODE(10) REFERENCES language (code),
    print_shipments BOOL NOT NULL DEFAULT FALSE,
    mail_shipments BOOL NOT NULL DEFAULT FALSE,
    mail_attachments BOOL NOT NULL DEFAULT FALSE,
    mail_text LONGTEXT NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX report_selection_document_kind_customer_no_language_code
    ON report_selection (document_kind, COALESCE(customer_no, ''), COALESCE(language_code, ''));
