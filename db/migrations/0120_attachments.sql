-- Files attached to documents, their lines, customers and items (D-33); and comments of posted documents stay as posted.

CREATE TABLE attached_file (
    id AUTOKEY,
    content BYTES NOT NULL,
    size INT NOT NULL DEFAULT 0,
    sha256 CODE(64) NOT NULL DEFAULT ''
);

CREATE TABLE service_attachment (
    id AUTOKEY,
    document_kind CODE(30) NOT NULL DEFAULT 'order' CHECK (document_kind IN ('order', 'invoice', 'credit_memo', 'shipment', 'posted_invoice', 'posted_credit_memo', 'customer', 'item')),
    document_no CODE(20) NOT NULL DEFAULT '',
    line_no INT NOT NULL DEFAULT 0,
    file_id BIGNO NOT NULL REFERENCES attached_file (id) ON DELETE CASCADE,
    name TEXT(100) NOT NULL DEFAULT '',
    media_type TEXT(100) NOT NULL DEFAULT '',
    at MOMENT NOT NULL,
    user_name CODE(50) NOT NULL DEFAULT ''
);

CREATE INDEX service_attachment_document ON service_attachment (document_kind, document_no);

CREATE INDEX service_attachment_file ON service_attachment (file_id);

-- only: sqlite
CREATE TRIGGER attached_file_never_changes BEFORE UPDATE ON attached_file BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: attached_file');
END;

-- only: postgresql
CREATE TRIGGER attached_file_never_changes BEFORE UPDATE ON attached_file
    FOR EACH ROW EXECUTE FUNCTION posted_rows_never_change();

-- for each: service_attachment, service_comment
-- only: sqlite
CREATE TRIGGER {table}_of_posted_never_changes BEFORE UPDATE ON {table}
    WHEN OLD.document_kind IN ('shipment', 'posted_invoice', 'posted_credit_memo') BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: {table}');
END;

-- for each: service_attachment, service_comment
-- only: sqlite
CREATE TRIGGER {table}_of_posted_is_never_deleted BEFORE DELETE ON {table}
    WHEN OLD.document_kind IN ('shipment', 'posted_invoice', 'posted_credit_memo') BEGIN
    SELECT RAISE(ABORT, 'posted rows never change: {table}');
END;

-- for each: service_attachment, service_comment
-- only: postgresql
CREATE TRIGGER {table}_of_posted_never_changes BEFORE UPDATE ON {table}
    FOR EACH ROW WHEN (OLD.document_kind IN ('shipment', 'posted_invoice', 'posted_credit_memo'))
    EXECUTE FUNCTION posted_rows_never_change();

-- for each: service_attachment, service_comment
-- only: postgresql
CREATE TRIGGER {table}_of_posted_is_never_deleted BEFORE DELETE ON {table}
    FOR EACH ROW WHEN (OLD.document_kind IN ('shipment', 'posted_invoice', 'posted_credit_memo'))
    EXECUTE FUNCTION posted_rows_never_change();
