-- What printed documents are called, and in how many copies, by country of the payer and language (O-20).

CREATE TABLE document_title (
    id AUTOKEY,
    document_kind CODE(30) NOT NULL DEFAULT 'invoice' CHECK (document_kind IN ('invoice', 'credit_memo', 'shipment')),
    country_code CODE(10) REFERENCES country (code),
    language_code CODE(10) REFERENCES language (code),
    title TEXT(50) NOT NULL DEFAULT '',
    copies INT NOT NULL DEFAULT 1 CHECK (copies BETWEEN 1 AND 9),
    row_version INT NOT NULL DEFAULT 1
);

CREATE UNIQUE INDEX document_title_document_kind_country_code_language_code
    ON document_title (document_kind, COALESCE(country_code, ''), COALESCE(language_code, ''));
