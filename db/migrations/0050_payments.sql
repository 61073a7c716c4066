-- What customers pay: payments with numbers of their own, what an application used and where it went, and its taking back.

ALTER TABLE receivables_setup ADD COLUMN payment_nos CODE(20) REFERENCES number_series (code);

ALTER TABLE detailed_customer_entry ADD COLUMN bal_account_no CODE(20) NOT NULL DEFAULT '';

ALTER TABLE detailed_customer_entry ADD COLUMN pmt_disc_used SCALED NOT NULL DEFAULT 0;

ALTER TABLE detailed_customer_entry ADD COLUMN unapplies_run_no BIGNO;

CREATE INDEX detailed_customer_entry_unapplies ON detailed_customer_entry (unapplies_run_no) WHERE unapplies_run_no IS NOT NULL;

CREATE INDEX detailed_customer_entry_applied ON detailed_customer_entry (applied_customer_entry_no) WHERE applied_customer_entry_no IS NOT NULL;

-- Lists of entries, and what was open on a day of the past.
CREATE INDEX customer_ledger_entry_posting_date ON customer_ledger_entry (posting_date, entry_no);

CREATE INDEX customer_ledger_entry_due_date ON customer_ledger_entry (due_date, entry_no) WHERE open;

CREATE INDEX customer_ledger_entry_closed ON customer_ledger_entry (closed_at_date) WHERE NOT open;

DROP VIEW detailed_customer_entry_decimal;

CREATE VIEW detailed_customer_entry_decimal AS SELECT
    entry_no, posting_run_no, posting_date, customer_entry_no, customer_no, entry_type, document_type,
    document_no, currency_code, DECIMAL(amount, 5) AS amount, DECIMAL(amount_lcy, 5) AS amount_lcy, due_date,
    applied_customer_entry_no, bal_account_no, DECIMAL(pmt_disc_used, 5) AS pmt_disc_used, unapplied, unapplies_run_no
FROM detailed_customer_entry;

-- A run of the register may be a payment, an application of what is open, or its taking back.
ALTER TABLE posting_run ADD COLUMN no_series CODE(20) NOT NULL DEFAULT '';

-- only: postgresql
ALTER TABLE posting_run DROP CONSTRAINT posting_run_source_type_check;

-- only: postgresql
ALTER TABLE posting_run ADD CONSTRAINT posting_run_source_type_check CHECK (source_type IN ('order', 'invoice', 'credit_memo', 'stock', 'undo_shipment', 'undo_consumption', 'release', 'payment', 'application', 'unapplication'));

-- only: sqlite
DROP TRIGGER posting_run_never_changes;

-- only: sqlite
ALTER TABLE posting_run RENAME COLUMN source_type TO source_type_before;

-- only: sqlite
ALTER TABLE posting_run ADD COLUMN source_type CODE(30) NOT NULL DEFAULT 'order' CHECK (source_type IN ('order', 'invoice', 'credit_memo', 'stock', 'undo_shipment', 'undo_consumption', 'release', 'payment', 'application', 'unapplication'));

-- only: sqlite
UPDATE posting_run SET source_type = source_type_before;

-- only: sqlite
ALTER TABLE posting_run DROP COLUMN source_type_before;

-- only: sqlite
CREATE TRIGGER posting_run_never_changes BEFORE UPDATE ON posting_run BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: posting_run');
END;

CREATE UNIQUE INDEX posting_run_payment ON posting_run (source_no) WHERE source_type = 'payment';
