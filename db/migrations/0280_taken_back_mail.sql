-- Mail that was taken back before it left is told from mail that failed and was given up (D-102).

-- only: postgresql
ALTER TABLE outbox DROP CONSTRAINT outbox_state_check;

-- only: postgresql
ALTER TABLE outbox ADD CONSTRAINT outbox_state_check
    CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unsure', 'given_up', 'taken_back'));

-- only: sqlite
CREATE TABLE outbox_wider (
    id AUTOKEY,
    document_kind CODE(30) NOT NULL DEFAULT 'invoice'
        CHECK (document_kind IN ('invoice', 'credit_memo', 'statement')),
    document_no CODE(20) NOT NULL DEFAULT '',
    channel CODE(30) NOT NULL DEFAULT 'e_mail' CHECK (channel IN ('e_mail')),
    recipient TEXT(100) NOT NULL DEFAULT '',
    turn INT NOT NULL DEFAULT 1,
    message_id TEXT(100) NOT NULL DEFAULT '',
    state CODE(30) NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unsure', 'given_up', 'taken_back')),
    attempts INT NOT NULL DEFAULT 0,
    next_attempt_at MOMENT NOT NULL,
    last_error TEXT(250) NOT NULL DEFAULT '',
    requested_by CODE(50) NOT NULL DEFAULT '',
    requested_at MOMENT NOT NULL,
    taken_at MOMENT,
    sent_at MOMENT,
    statement_no INT NOT NULL DEFAULT 0
);

-- only: sqlite
INSERT INTO outbox_wider (id, document_kind, document_no, channel, recipient, turn, message_id, state, attempts,
    next_attempt_at, last_error, requested_by, requested_at, taken_at, sent_at, statement_no)
SELECT id, document_kind, document_no, channel, recipient, turn, message_id, state, attempts, next_attempt_at,
    last_error, requested_by, requested_at, taken_at, sent_at, statement_no FROM outbox;

-- only: sqlite
DROP TABLE outbox;

-- only: sqlite
ALTER TABLE outbox_wider RENAME TO outbox;

-- only: sqlite
CREATE UNIQUE INDEX outbox_once ON outbox (document_kind, document_no, channel, recipient, turn);

-- only: sqlite
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state IN ('waiting', 'sending');

-- only: sqlite
CREATE INDEX outbox_state ON outbox (state, id);

UPDATE outbox SET state = 'taken_back' WHERE state = 'given_up' AND last_error LIKE 'Taken back by %';
