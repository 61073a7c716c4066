-- Statements of account that were printed: each raises the customer's number by one (D-135).

CREATE TABLE customer_statement (
    id AUTOKEY,
    customer_no CODE(20) NOT NULL REFERENCES customer (no),
    statement_no INT NOT NULL,
    starting_date DATE NOT NULL,
    ending_date DATE NOT NULL,
    user_name CODE(50) NOT NULL DEFAULT '',
    at MOMENT NOT NULL,
    UNIQUE (customer_no, statement_no)
);

-- Movements of an account in a period.
CREATE INDEX detailed_customer_entry_customer_no ON detailed_customer_entry (customer_no, posting_date);
