-- The number of a new credit memo is looked for among those that were posted.

CREATE INDEX service_cr_memo_header_pre_assigned_no ON service_cr_memo_header (pre_assigned_no);
