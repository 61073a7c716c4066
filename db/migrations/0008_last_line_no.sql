-- The highest line no. an open document ever had: the number of a deleted line that was posted is never given again.

ALTER TABLE service_header ADD COLUMN last_line_no INT NOT NULL DEFAULT 0;

UPDATE service_header SET last_line_no = COALESCE((
    SELECT MAX(l.line_no) FROM service_line l
    WHERE l.document_type = service_header.document_type AND l.document_no = service_header.no
), 0);
