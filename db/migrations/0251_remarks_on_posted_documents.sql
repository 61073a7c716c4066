-- What people write down about a posted document afterwards (D-102): never printed, never changed. Apart from the comments
-- that came with the posting, which its paper shows.

CREATE TABLE posted_remark (
    id AUTOKEY,
    document_kind CODE(30) NOT NULL DEFAULT 'shipment' CHECK (document_kind IN ('shipment', 'invoice', 'credit_memo')),
    document_no CODE(20) NOT NULL DEFAULT '',
    at MOMENT NOT NULL,
    user_name CODE(50) NOT NULL DEFAULT '',
    text LONGTEXT NOT NULL DEFAULT ''
);

CREATE INDEX posted_remark_document_no ON posted_remark (document_no, document_kind);

-- only: sqlite
CREATE TRIGGER posted_remark_never_changes BEFORE UPDATE ON posted_remark BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: posted_remark');
END;

-- only: sqlite
CREATE TRIGGER posted_remark_is_never_deleted BEFORE DELETE ON posted_remark BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: posted_remark');
END;

-- only: postgresql
CREATE TRIGGER posted_remark_never_changes BEFORE UPDATE ON posted_remark
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: postgresql
CREATE TRIGGER posted_remark_is_never_deleted BEFORE DELETE ON posted_remark
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- only: postgresql
CREATE TRIGGER posted_remark_is_never_emptied BEFORE TRUNCATE ON posted_remark
    FOR EACH STATEMENT EXECUTE FUNCTION posted_rows_never_change();
