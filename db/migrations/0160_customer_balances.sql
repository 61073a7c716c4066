-- What is open of each customer, summed by currency and day, so that no page and no posting adds up entries.
-- The database keeps it by itself: whatever adds a detailed entry or moves a due date changes it in the same transaction.

CREATE TABLE customer_balance (
    id AUTOKEY,
    customer_no CODE(20) NOT NULL REFERENCES customer (no),
    currency_code CODE(10) NOT NULL DEFAULT '',
    day DATE NOT NULL,
    dated BOOL NOT NULL DEFAULT FALSE,
    amount BIGNO NOT NULL DEFAULT 0,
    amount_lcy BIGNO NOT NULL DEFAULT 0,
    UNIQUE (customer_no, currency_code, day, dated)
);

INSERT INTO customer_balance (customer_no, currency_code, day, dated, amount, amount_lcy)
SELECT e.customer_no, COALESCE(e.currency_code, ''), COALESCE(e.due_date, e.posting_date), e.due_date IS NOT NULL,
    SUM(d.amount), SUM(d.amount_lcy)
FROM customer_ledger_entry e JOIN detailed_customer_entry d ON d.customer_entry_no = e.entry_no
GROUP BY e.customer_no, COALESCE(e.currency_code, ''), COALESCE(e.due_date, e.posting_date), e.due_date IS NOT NULL
HAVING SUM(d.amount) <> 0 OR SUM(d.amount_lcy) <> 0;

CREATE VIEW customer_balance_decimal AS SELECT
    customer_no, currency_code, day, dated, DECIMAL(amount, 5) AS amount, DECIMAL(amount_lcy, 5) AS amount_lcy
FROM customer_balance;

-- A day on which nothing is left needs no row.
-- only: sqlite
CREATE TRIGGER customer_balance_is_settled AFTER UPDATE ON customer_balance
WHEN NEW.amount = 0 AND NEW.amount_lcy = 0 BEGIN
    DELETE FROM customer_balance WHERE id = NEW.id;
END;

-- only: sqlite
CREATE TRIGGER customer_balance_adds AFTER INSERT ON detailed_customer_entry
WHEN NEW.amount <> 0 OR NEW.amount_lcy <> 0 BEGIN
    INSERT INTO customer_balance (customer_no, currency_code, day, dated, amount, amount_lcy)
    SELECT e.customer_no, COALESCE(e.currency_code, ''), COALESCE(e.due_date, e.posting_date), e.due_date IS NOT NULL,
        NEW.amount, NEW.amount_lcy
    FROM customer_ledger_entry e WHERE e.entry_no = NEW.customer_entry_no
    ON CONFLICT (customer_no, currency_code, day, dated)
    DO UPDATE SET amount = amount + excluded.amount, amount_lcy = amount_lcy + excluded.amount_lcy;
END;

-- only: sqlite
CREATE TRIGGER customer_balance_moves AFTER UPDATE OF due_date ON customer_ledger_entry
WHEN NEW.due_date IS NOT OLD.due_date BEGIN
    INSERT INTO customer_balance (customer_no, currency_code, day, dated, amount, amount_lcy)
    SELECT NEW.customer_no, COALESCE(NEW.currency_code, ''), COALESCE(OLD.due_date, OLD.posting_date),
        OLD.due_date IS NOT NULL, -SUM(d.amount), -SUM(d.amount_lcy)
    FROM detailed_customer_entry d WHERE d.customer_entry_no = NEW.entry_no
    GROUP BY d.customer_entry_no HAVING SUM(d.amount) <> 0 OR SUM(d.amount_lcy) <> 0
    ON CONFLICT (customer_no, currency_code, day, dated)
    DO UPDATE SET amount = amount + excluded.amount, amount_lcy = amount_lcy + excluded.amount_lcy;
    INSERT INTO customer_balance (customer_no, currency_code, day, dated, amount, amount_lcy)
    SELECT NEW.customer_no, COALESCE(NEW.currency_code, ''), COALESCE(NEW.due_date, NEW.posting_date),
        NEW.due_date IS NOT NULL, SUM(d.amount), SUM(d.amount_lcy)
    FROM detailed_customer_entry d WHERE d.customer_entry_no = NEW.entry_no
    GROUP BY d.customer_entry_no HAVING SUM(d.amount) <> 0 OR SUM(d.amount_lcy) <> 0
    ON CONFLICT (customer_no, currency_code, day, dated)
    DO UPDATE SET amount = amount + excluded.amount, amount_lcy = amount_lcy + excluded.amount_lcy;
END;

-- only: postgresql
CREATE FUNCTION customer_balance_is_settled() RETURNS trigger AS $$
BEGIN
    DELETE FROM customer_balance WHERE id = NEW.id;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
CREATE TRIGGER customer_balance_is_settled AFTER UPDATE ON customer_balance
    FOR EACH ROW WHEN (NEW.amount = 0 AND NEW.amount_lcy = 0) EXECUTE FUNCTION customer_balance_is_settled();

-- Two who change several days of one customer wait for each other here, in whatever order they come to the days;
-- different customers never meet.
-- only: postgresql
CREATE FUNCTION customer_balance_adds() RETURNS trigger AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(one.customer_no, 4712160))
    FROM (SELECT DISTINCT customer_no FROM added ORDER BY customer_no) one;
    INSERT INTO customer_balance AS b (customer_no, currency_code, day, dated, amount, amount_lcy)
    SELECT e.customer_no, COALESCE(e.currency_code, ''), COALESCE(e.due_date, e.posting_date), e.due_date IS NOT NULL,
        SUM(a.amount)::bigint, SUM(a.amount_lcy)::bigint
    FROM added a JOIN customer_ledger_entry e ON e.entry_no = a.customer_entry_no
    GROUP BY 1, 2, 3, 4 HAVING SUM(a.amount) <> 0 OR SUM(a.amount_lcy) <> 0
    ON CONFLICT (customer_no, currency_code, day, dated)
    DO UPDATE SET amount = b.amount + excluded.amount, amount_lcy = b.amount_lcy + excluded.amount_lcy;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
CREATE TRIGGER customer_balance_adds AFTER INSERT ON detailed_customer_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION customer_balance_adds();

-- only: postgresql
CREATE FUNCTION customer_balance_moves() RETURNS trigger AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.customer_no, 4712160));
    INSERT INTO customer_balance AS b (customer_no, currency_code, day, dated, amount, amount_lcy)
    SELECT NEW.customer_no, COALESCE(NEW.currency_code, ''), COALESCE(moved.due_date, NEW.posting_date),
        moved.due_date IS NOT NULL, (moved.sign * SUM(d.amount))::bigint, (moved.sign * SUM(d.amount_lcy))::bigint
    FROM detailed_customer_entry d CROSS JOIN (VALUES (OLD.due_date, -1), (NEW.due_date, 1)) moved (due_date, sign)
    WHERE d.customer_entry_no = NEW.entry_no
    GROUP BY moved.due_date, moved.sign HAVING SUM(d.amount) <> 0 OR SUM(d.amount_lcy) <> 0
    ON CONFLICT (customer_no, currency_code, day, dated)
    DO UPDATE SET amount = b.amount + excluded.amount, amount_lcy = b.amount_lcy + excluded.amount_lcy;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
CREATE TRIGGER customer_balance_moves AFTER UPDATE OF due_date ON customer_ledger_entry
    FOR EACH ROW WHEN (OLD.due_date IS DISTINCT FROM NEW.due_date) EXECUTE FUNCTION customer_balance_moves();
