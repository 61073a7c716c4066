-- How a statement of account was asked for, so that it goes out by mail as it was looked at (D-135).

ALTER TABLE customer_statement ADD COLUMN aging CODE(30) NOT NULL DEFAULT 'due_date'
    CHECK (aging IN ('due_date', 'posting_date', 'none'));

ALTER TABLE customer_statement ADD COLUMN taken_back BOOL NOT NULL DEFAULT FALSE;
