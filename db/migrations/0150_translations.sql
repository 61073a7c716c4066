-- What countries, units of measure, terms and methods of payment are called on documents in other languages (D-117).

CREATE TABLE translation (
    id AUTOKEY,
    kind CODE(30) NOT NULL DEFAULT 'country' CHECK (kind IN ('country', 'payment_method', 'payment_terms', 'unit_of_measure')),
    code CODE(20) NOT NULL DEFAULT '',
    language_code CODE(10) NOT NULL REFERENCES language (code),
    description TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 1,
    UNIQUE (kind, code, language_code)
);
