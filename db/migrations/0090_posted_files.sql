-- The file of a posted document as it was first issued (D-120), and the one file of a print run.

CREATE TABLE posted_file (
    id AUTOKEY,
    document_kind CODE(30) NOT NULL DEFAULT 'shipment' CHECK (document_kind IN ('shipment', 'invoice', 'credit_memo')),
    document_no CODE(20) NOT NULL DEFAULT '',
    media_type TEXT(100) NOT NULL DEFAULT '',
    name TEXT(100) NOT NULL DEFAULT '',
    content BYTES NOT NULL,
    sha256 CODE(64) NOT NULL DEFAULT '',
    pages INT NOT NULL DEFAULT 0,
    made_at MOMENT NOT NULL,
    user_name CODE(50) NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX posted_file_document ON posted_file (document_kind, document_no, media_type);

-- only: sqlite
CREATE TRIGGER posted_file_never_changes BEFORE UPDATE ON posted_file BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: posted_file');
END;

-- only: sqlite
CREATE TRIGGER posted_file_is_never_deleted BEFORE DELETE ON posted_file BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: posted_file');
END;

-- only: postgresql
CREATE TRIGGER posted_file_never_changes BEFORE UPDATE ON posted_file
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: postgresql
CREATE TRIGGER posted_file_is_never_deleted BEFORE DELETE ON posted_file
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: postgresql
CREATE TRIGGER posted_file_is_never_emptied BEFORE TRUNCATE ON posted_file
    FOR EACH STATEMENT EXECUTE FUNCTION posted_rows_never_change();

CREATE TABLE batch_file (
    id AUTOKEY,
    run_no BIGNO NOT NULL,
    content BYTES NOT NULL,
    sha256 CODE(64) NOT NULL DEFAULT '',
    documents INT NOT NULL DEFAULT 0,
    pages INT NOT NULL DEFAULT 0,
    made_at MOMENT NOT NULL
);

CREATE UNIQUE INDEX batch_file_run ON batch_file (run_no);

ALTER TABLE batch_run RENAME COLUMN kind TO kind_before;

ALTER TABLE batch_run ADD COLUMN kind CODE(30) NOT NULL DEFAULT 'post'
    CHECK (kind IN ('post', 'combine', 'close_orders', 'contract_invoices', 'release_prepaid', 'print'));

UPDATE batch_run SET kind = kind_before;

ALTER TABLE batch_run DROP COLUMN kind_before;
