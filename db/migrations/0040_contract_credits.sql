-- Which days of which contract line a line of a credit memo takes back (C-143).
ALTER TABLE service_line ADD COLUMN contract_line_no INT NOT NULL DEFAULT 0;

ALTER TABLE service_line ADD COLUMN period_from DATE;

ALTER TABLE service_line ADD COLUMN period_to DATE;

CREATE INDEX service_line_contract_no ON service_line (contract_no) WHERE contract_no <> '';

-- No day of a contract line is taken back that is not billed (C-163): over any day that a new credit covers, the entries
-- that bill it are at least as many as those that take it back.
-- only: sqlite
CREATE TRIGGER contract_days_credited_once AFTER INSERT ON service_ledger_entry
WHEN NEW.entry_type = 'sale' AND NEW.type = 'service_contract' AND NEW.quantity > 0 AND NEW.contract_line_no <> 0
BEGIN
    SELECT RAISE(ABORT, 'contract days are credited once') WHERE EXISTS (
        SELECT 1 FROM (
            SELECT NEW.period_from AS day
            UNION SELECT e.period_from FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.period_from BETWEEN NEW.period_from AND NEW.period_to
            UNION SELECT date(e.period_to, '+1 day') FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.period_to >= NEW.period_from AND e.period_to < NEW.period_to
        ) days WHERE (
            SELECT SUM(CASE WHEN e.quantity < 0 THEN 1 ELSE -1 END) FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.entry_type = 'sale' AND e.type = 'service_contract'
            AND e.period_from <= days.day AND e.period_to >= days.day
        ) < 0
    );
END;

-- only: postgresql
CREATE FUNCTION contract_days_credited_once() RETURNS trigger AS $$
BEGIN
    PERFORM 1 FROM service_contract WHERE kind = 'contract' AND no = NEW.service_contract_no FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM (
            SELECT NEW.period_from AS day
            UNION SELECT e.period_from FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.period_from BETWEEN NEW.period_from AND NEW.period_to
            UNION SELECT e.period_to + 1 FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.period_to >= NEW.period_from AND e.period_to < NEW.period_to
        ) days WHERE (
            SELECT SUM(CASE WHEN e.quantity < 0 THEN 1 ELSE -1 END) FROM service_ledger_entry e
            WHERE e.service_contract_no = NEW.service_contract_no AND e.contract_line_no = NEW.contract_line_no
            AND e.service_contract_no <> '' AND e.entry_type = 'sale' AND e.type = 'service_contract'
            AND e.period_from <= days.day AND e.period_to >= days.day
        ) < 0
    ) THEN
        RAISE EXCEPTION 'contract days are credited once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
CREATE TRIGGER contract_days_credited_once AFTER INSERT ON service_ledger_entry FOR EACH ROW
    WHEN (NEW.entry_type = 'sale' AND NEW.type = 'service_contract' AND NEW.quantity > 0 AND NEW.contract_line_no <> 0)
    EXECUTE FUNCTION contract_days_credited_once();
