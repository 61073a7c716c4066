-- Which days of each line an invoice was told to leave unbilled: a JSON object by line no., first and last day.
ALTER TABLE service_document_register ADD COLUMN days_left LONGTEXT NOT NULL DEFAULT '';
