-- The open orders of a machine, for its history and for the list of orders.

CREATE INDEX service_item_line_service_item_no ON service_item_line (service_item_no, document_type, document_no) WHERE service_item_no IS NOT NULL;
