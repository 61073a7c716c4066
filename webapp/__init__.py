"""Finalize: posting service orders, service invoices and service credit memos."""
