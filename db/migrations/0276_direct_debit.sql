-- Invoices that are collected by direct debit: by which method, with whose mandate (EN 16931, BG-19).

ALTER TABLE payment_method ADD COLUMN direct_debit BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE customer ADD COLUMN mandate_reference TEXT(35) NOT NULL DEFAULT '';

ALTER TABLE company ADD COLUMN creditor_identifier TEXT(35) NOT NULL DEFAULT '';
