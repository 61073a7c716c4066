"""Readers of the records that a snapshot is made of, each for the rows of its table."""

from __future__ import annotations

from db import contracts, documents, ledgers, masters, posted, setup
from webapp.posting.billed import BilledEntry, ContractTerms
from webapp.posting.setup import SeriesLine
from webapp.posting.snapshot import (
    Customer,
    Header,
    InboundEntry,
    Item,
    ItemLine,
    Line,
    OpenEntry,
    OpenShipmentLine,
    OutboundEntry,
    Resource,
    ServiceItem,
    WarrantyEntry,
)
from webapp.store.rows import Reader

HEADERS = Reader(Header, documents.ServiceHeader)
ITEM_LINES = Reader(ItemLine, documents.ServiceItemLine)
LINES = Reader(Line, documents.ServiceLine)
CUSTOMERS = Reader(Customer, masters.Customer)
ITEMS = Reader(Item, masters.Item)
RESOURCES = Reader(Resource, masters.Resource)
SERVICE_ITEMS = Reader(ServiceItem, masters.ServiceItem)
STOCK = Reader(InboundEntry, ledgers.ItemLedgerEntry)
SHIPMENT_LINES = Reader(OpenShipmentLine, posted.ServiceShipmentLine)
WARRANTY = Reader(WarrantyEntry, ledgers.WarrantyLedgerEntry)
SERIES = Reader(SeriesLine, setup.NumberSeriesLine)
OPEN_ENTRIES = Reader(OpenEntry, ledgers.CustomerLedgerEntry)
CONTRACT_TERMS = Reader(ContractTerms, contracts.ServiceContract)
BILLED = Reader(BilledEntry, ledgers.ServiceLedgerEntry)
OUTBOUND = Reader(OutboundEntry, ledgers.ItemLedgerEntry)
