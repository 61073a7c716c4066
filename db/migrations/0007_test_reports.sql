-- Who tested which document when, and what was found (D-77).

CREATE TABLE test_report (
    entry_no AUTOKEY,
    document_type CODE(30) NOT NULL DEFAULT 'quote' CHECK (document_type IN ('quote', 'order', 'invoice', 'credit_memo')),
    document_no CODE(20) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 0,
    option CODE(30) NOT NULL DEFAULT 'none' CHECK (option IN ('ship', 'ship_and_consume', 'invoice', 'ship_and_invoice', 'none')),
    errors INT NOT NULL DEFAULT 0,
    warnings INT NOT NULL DEFAULT 0,
    tested_by CODE(50) NOT NULL DEFAULT '',
    tested_at MOMENT NOT NULL
);

CREATE INDEX test_report_document ON test_report (document_type, document_no, entry_no);

-- only: sqlite
CREATE TRIGGER test_report_never_changes BEFORE UPDATE ON test_report BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: test_report');
END;

-- only: postgresql
CREATE TRIGGER test_report_never_changes BEFORE UPDATE ON test_report
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();
