-- A shipment is of a machine when a line of it is, also where no service item line names the machine: shipments of invoices
-- made by hand or for contracts.

CREATE INDEX service_shipment_line_service_item_no ON service_shipment_line (service_item_no, document_no) WHERE service_item_no IS NOT NULL;
