-- Which file a customer who wants e-invoices gets: one of its own, or the PDF with it inside (D-151).

ALTER TABLE customer ADD COLUMN e_invoice_format CODE(30) NOT NULL DEFAULT 'ubl'
    CHECK (e_invoice_format IN ('ubl', 'factur_x'));
