"""E-invoices: a posted invoice or credit memo as UBL 2.1 by EN 16931 and Peppol BIS Billing 3, without I/O."""
