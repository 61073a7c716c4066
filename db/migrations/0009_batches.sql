-- Runs over many documents, and what became of each document (D-85 … D-91).

CREATE TABLE batch_run (
    no AUTOKEY,
    document_type CODE(30) NOT NULL DEFAULT 'order' CHECK (document_type IN ('quote', 'order', 'invoice', 'credit_memo')),
    test_only BOOL NOT NULL DEFAULT FALSE,
    ship BOOL NOT NULL DEFAULT FALSE,
    invoice BOOL NOT NULL DEFAULT FALSE,
    posting_date DATE,
    replace_posting_date BOOL NOT NULL DEFAULT FALSE,
    replace_document_date BOOL NOT NULL DEFAULT FALSE,
    calculate_invoice_discount BOOL NOT NULL DEFAULT FALSE,
    chosen_by TEXT(250) NOT NULL DEFAULT '',
    retry_of BIGNO,
    state CODE(30) NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'ended', 'stopped')),
    token CODE(64) NOT NULL CHECK (token <> ''),
    content_hash CODE(64) NOT NULL DEFAULT '',
    requested_by CODE(50) NOT NULL DEFAULT '',
    requested_at MOMENT NOT NULL,
    role CODE(30) NOT NULL DEFAULT '',
    work_date DATE NOT NULL,
    started_at MOMENT,
    ended_at MOMENT,
    stop_requested_by CODE(50) NOT NULL DEFAULT '',
    lease_by CODE(100) NOT NULL DEFAULT '',
    lease_until MOMENT,
    total INT NOT NULL DEFAULT 0,
    posted INT NOT NULL DEFAULT 0,
    ready INT NOT NULL DEFAULT 0,
    failed INT NOT NULL DEFAULT 0,
    skipped INT NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX batch_run_token ON batch_run (token);

-- The runs that somebody has to work on: a handful, however long the list of runs.
CREATE INDEX batch_run_live ON batch_run (no) WHERE state IN ('waiting', 'running');

CREATE TABLE batch_run_document (
    id AUTOKEY,
    run_no BIGNO NOT NULL,
    position INT NOT NULL DEFAULT 0,
    document_type CODE(30) NOT NULL DEFAULT 'order' CHECK (document_type IN ('quote', 'order', 'invoice', 'credit_memo')),
    document_no CODE(20) NOT NULL DEFAULT '',
    customer_name TEXT(100) NOT NULL DEFAULT '',
    row_version INT NOT NULL DEFAULT 0,
    outcome CODE(30) NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'posted', 'ready', 'skipped', 'failed')),
    shipment_no CODE(20) NOT NULL DEFAULT '',
    invoice_no CODE(20) NOT NULL DEFAULT '',
    findings LONGTEXT NOT NULL DEFAULT '',
    amount SCALED NOT NULL DEFAULT 0,
    currency_code CODE(10) NOT NULL DEFAULT '',
    duration_ms INT NOT NULL DEFAULT 0,
    done_at MOMENT
);

CREATE UNIQUE INDEX batch_run_document_place ON batch_run_document (run_no, position);

CREATE INDEX batch_run_document_outcome ON batch_run_document (run_no, outcome, position);

-- Which documents are being posted right now (D-91).
CREATE INDEX batch_run_document_waiting ON batch_run_document (document_no, document_type) WHERE outcome = 'waiting';
