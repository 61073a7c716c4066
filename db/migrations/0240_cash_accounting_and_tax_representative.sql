-- What an invoice says of the VAT beside its amounts: that it falls due when it is paid, and who represents the company
-- before the tax office (D-127 points 7a and 15).

ALTER TABLE company ADD COLUMN cash_accounting BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE company ADD COLUMN representative_name TEXT(100) NOT NULL DEFAULT '';

ALTER TABLE company ADD COLUMN representative_vat_no TEXT(20) NOT NULL DEFAULT '';

ALTER TABLE company ADD COLUMN representative_address TEXT(100) NOT NULL DEFAULT '';

ALTER TABLE company ADD COLUMN representative_post_code TEXT(20) NOT NULL DEFAULT '';

ALTER TABLE company ADD COLUMN representative_city TEXT(50) NOT NULL DEFAULT '';

ALTER TABLE company ADD COLUMN representative_country_code CODE(10) REFERENCES country (code);
