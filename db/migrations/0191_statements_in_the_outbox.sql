-- Statements of account go out by mail, too: the outbox row of one names the customer and the statement (D-135).

-- only: postgresql
ALTER TABLE outbox DROP CONSTRAINT outbox_document_kind_check;

-- only: postgresql
ALTER TABLE outbox ADD CONSTRAINT outbox_document_kind_check
    CHECK (document_kind IN ('invoice', 'credit_memo', 'statement'));

-- only: postgresql
ALTER TABLE outbox ADD COLUMN statement_no INT NOT NULL DEFAULT 0;

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
        CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'unsure', 'given_up')),
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
    next_attempt_at, last_error, requested_by, requested_at, taken_at, sent_at)
SELECT id, document_kind, document_no, channel, recipient, turn, message_id, state, attempts, next_attempt_at,
    last_error, requested_by, requested_at, taken_at, sent_at FROM outbox;

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
