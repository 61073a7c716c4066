-- Whether the customer has confirmed that goods arrived in another country of the EU, where a VAT group asks for it (D-107).

ALTER TABLE vat_posting_setup ADD COLUMN certificate_of_supply BOOL NOT NULL DEFAULT FALSE;

CREATE TABLE supply_certificate (
    shipment_no CODE(20) NOT NULL PRIMARY KEY REFERENCES service_shipment_header (no),
    status CODE(30) NOT NULL DEFAULT 'required' CHECK (status IN ('required', 'received', 'not_received')),
    receipt_date DATE,
    CHECK ((status = 'received') = (receipt_date IS NOT NULL))
);

CREATE INDEX supply_certificate_status ON supply_certificate (status);
