-- What an e-invoice says beside the document: electronic addresses, codes of units and of reasons without VAT.

ALTER TABLE company ADD COLUMN e_invoice_address TEXT(100) NOT NULL DEFAULT '';

ALTER TABLE customer ADD COLUMN e_invoice CODE(30) NOT NULL DEFAULT 'no' CHECK (e_invoice IN ('no', 'peppol'));

ALTER TABLE customer ADD COLUMN e_invoice_address TEXT(100) NOT NULL DEFAULT '';

ALTER TABLE unit_of_measure ADD COLUMN international_code CODE(10) NOT NULL DEFAULT '';

ALTER TABLE vat_clause ADD COLUMN tax_category CODE(30) NOT NULL DEFAULT 'derived'
    CHECK (tax_category IN ('derived', 'S', 'Z', 'E', 'AE', 'K', 'G', 'O'));

ALTER TABLE vat_clause ADD COLUMN exemption_code CODE(30) NOT NULL DEFAULT '';
