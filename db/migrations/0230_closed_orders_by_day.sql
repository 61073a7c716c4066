-- The list of closed orders, the latest first (D-141).

CREATE INDEX order_archive_posting_date ON order_archive (posting_date, no);
