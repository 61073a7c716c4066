-- The home page counts what is posted and not yet printed: few rows among many.

CREATE INDEX service_invoice_header_unprinted ON service_invoice_header (no) WHERE printed = 0;

CREATE INDEX service_cr_memo_header_unprinted ON service_cr_memo_header (no) WHERE printed = 0;
