-- Posted documents by the machine on them: what a serial number finds, and the history of a service item. The numbers come
-- from these indexes alone, the latest first.

DROP INDEX service_ledger_entry_service_item_no;

CREATE INDEX service_ledger_entry_service_item_no ON service_ledger_entry (service_item_no, document_type, document_no);

CREATE INDEX service_shipment_item_line_service_item_no ON service_shipment_item_line (service_item_no, document_no) WHERE service_item_no IS NOT NULL;

CREATE INDEX service_item_serial_no ON service_item (serial_no, no) WHERE serial_no <> '';
