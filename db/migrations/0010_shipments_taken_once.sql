-- What is shipped stands on open invoices once: their lines never hold more than the shipment line has left (D-52).
-- The program looks first and says so; this is the proof that nobody gets past it, not two at the same time either.

-- only: sqlite
CREATE TRIGGER shipment_line_taken_once_on_insert BEFORE INSERT ON service_line
WHEN NEW.document_type = 'invoice' AND NEW.shipment_line_no <> 0 AND NEW.type <> 'blank' BEGIN
    SELECT RAISE(ABORT, 'a shipment line is taken twice')
    WHERE NEW.quantity + (SELECT COALESCE(SUM(quantity), 0) FROM service_line WHERE document_type = 'invoice'
        AND shipment_no = NEW.shipment_no AND shipment_line_no = NEW.shipment_line_no)
        > COALESCE((SELECT qty_shipped_not_invoiced FROM service_shipment_line
            WHERE document_no = NEW.shipment_no AND line_no = NEW.shipment_line_no), 0);
END;

-- only: sqlite
CREATE TRIGGER shipment_line_taken_once_on_update BEFORE UPDATE OF quantity ON service_line
WHEN NEW.document_type = 'invoice' AND NEW.shipment_line_no <> 0 AND NEW.quantity > OLD.quantity BEGIN
    SELECT RAISE(ABORT, 'a shipment line is taken twice')
    WHERE NEW.quantity - OLD.quantity + (SELECT COALESCE(SUM(quantity), 0) FROM service_line
        WHERE document_type = 'invoice' AND shipment_no = NEW.shipment_no AND shipment_line_no = NEW.shipment_line_no)
        > COALESCE((SELECT qty_shipped_not_invoiced FROM service_shipment_line
            WHERE document_no = NEW.shipment_no AND line_no = NEW.shipment_line_no), 0);
END;

-- only: postgresql
CREATE FUNCTION shipment_line_taken_once() RETURNS trigger AS $$
DECLARE
    open_qty BIGINT;
    held BIGINT;
BEGIN
    SELECT qty_shipped_not_invoiced INTO open_qty FROM service_shipment_line
    WHERE document_no = NEW.shipment_no AND line_no = NEW.shipment_line_no FOR UPDATE;
    SELECT COALESCE(SUM(quantity), 0) INTO held FROM service_line WHERE document_type = 'invoice'
        AND shipment_no = NEW.shipment_no AND shipment_line_no = NEW.shipment_line_no AND id <> NEW.id;
    IF NEW.quantity + held > COALESCE(open_qty, 0) THEN
        RAISE EXCEPTION 'a shipment line is taken twice' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$ LANGUAGE plpgsql;

-- only: postgresql
CREATE TRIGGER shipment_line_taken_once_on_insert BEFORE INSERT ON service_line
    FOR EACH ROW WHEN (NEW.document_type = 'invoice' AND NEW.shipment_line_no <> 0 AND NEW.type <> 'blank')
    EXECUTE FUNCTION shipment_line_taken_once();

-- only: postgresql
CREATE TRIGGER shipment_line_taken_once_on_update BEFORE UPDATE OF quantity ON service_line
    FOR EACH ROW WHEN (NEW.document_type = 'invoice' AND NEW.shipment_line_no <> 0 AND NEW.quantity > OLD.quantity)
    EXECUTE FUNCTION shipment_line_taken_once();
