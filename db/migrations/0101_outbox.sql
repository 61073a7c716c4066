-- What is to be sent of posted documents: a row for each document, channel, recipient and turn (D-102, D-128).

ALTER TABLE customer ADD COLUMN document_sending CODE(30) NOT NULL DEFAULT 'no'
    CHECK (document_sending IN ('no', 'e_mail'));

ALTER TABLE customer ADD COLUMN send_documents_to TEXT(100) NOT NULL DEFAULT '';

CREATE TABLE outbox (
    id AUTOKEY,
    document_kind CODE(30) NOT NULL DEFAULT 'invoice' CHECK (document_kind IN ('invoice', 'credit_memo')),
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
    sent_at MOMENT
);

CREATE UNIQUE INDEX outbox_once ON outbox (document_kind, document_no, channel, recipient, turn);

CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state IN ('waiting', 'sending');

CREATE INDEX outbox_state ON outbox (state, id);
