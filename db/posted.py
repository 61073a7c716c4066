"""Posted documents (P-34, P-35): written once, changed only where O-44 names a column."""

from __future__ import annotations

from typing import ClassVar

from piccolo.columns import Serial
from piccolo.table import Table

from db.columns import (
    BigNo,
    Bytes,
    Choice,
    Code,
    Flag,
    LongText,
    Moment,
    Money,
    Percent,
    Quantity,
    Ref,
    Text,
    Whole,
)
from db.documents import HeaderFields, ItemLineFields, LineAmounts, LineFields


class PostedFields:
    """What every posted header carries besides the header of its source."""

    no_series = Ref("number_series")
    posting_run_no = BigNo(null=False)
    user_name = Code(50)
    printed = Whole()
    seal = Code(64)
    seal_before = Code(64)


class ServiceShipmentHeader(HeaderFields, PostedFields, Table, tablename="service_shipment_header"):
    key: ClassVar[tuple[str, ...]] = ("no",)
    no = Code(primary_key=True)
    order_no = Code()
    order_no_series = Ref("number_series")
    invoice_no = Code()
    shipment_method = Text(50)
    shipping_agent = Text(50)
    package_tracking_no = Text(50)


class ServiceShipmentItemLine(ItemLineFields, Table, tablename="service_shipment_item_line"):
    key: ClassVar[tuple[str, ...]] = ("document_no", "line_no")
    id = Serial(primary_key=True)
    document_no = Ref("service_shipment_header", null=False)
    line_no = Whole()


class MeasuredLine:
    """What the item of a posted line weighed and took up when it was posted, per base unit (D-113, D-114)."""

    units_per_parcel = Quantity()
    net_weight = Quantity()
    gross_weight = Quantity()
    unit_volume = Quantity()


class ServiceShipmentLine(LineFields, MeasuredLine, Table, tablename="service_shipment_line"):
    key: ClassVar[tuple[str, ...]] = ("document_no", "line_no")
    id = Serial(primary_key=True)
    document_no = Ref("service_shipment_header", null=False)
    line_no = Whole()
    quantity = Quantity()
    quantity_invoiced = Quantity()
    quantity_consumed = Quantity()
    qty_shipped_not_invoiced = Quantity()
    quantity_base = Quantity()
    quantity_invoiced_base = Quantity()
    quantity_consumed_base = Quantity()
    qty_shipped_not_invoiced_base = Quantity()
    order_no = Code()
    order_line_no = Whole()
    item_entry_no = BigNo()
    service_entry_no = BigNo()
    warranty_entry_no = BigNo()
    correction = Flag()
    correction_of_line_no = Whole()


class PostedLineFields(LineFields, LineAmounts, MeasuredLine):
    """A line of a posted invoice or credit memo."""

    line_no = Whole()
    quantity = Quantity()
    quantity_base = Quantity()
    shipment_no = Ref("service_shipment_header")
    shipment_line_no = Whole()
    order_no = Code()
    order_line_no = Whole()
    amount_lcy = Money()
    amount_including_vat_lcy = Money()
    item_entry_no = BigNo()


class PostedTotals(PostedFields):
    """What a posted invoice or credit memo carries besides."""

    pre_assigned_no = Code()
    order_no = Code()
    customer_entry_no = BigNo()
    amount = Money()
    amount_including_vat = Money()
    applies_to_doc_type = Choice("blank", "payment", "invoice", "credit_memo")
    applies_to_doc_no = Code()
    amount_rounding_precision = Money()
    lcy_rounding_precision = Money()
    vat_rounding_type = Code(10)
    inv_rounding_precision = Money()
    inv_rounding_type = Code(10)
    inv_rounding_account = Code()
    inv_disc_per_vat_id = Flag()
    inv_discount_pct = Percent()


class ServiceInvoiceHeader(HeaderFields, PostedTotals, Table, tablename="service_invoice_header"):
    key: ClassVar[tuple[str, ...]] = ("no",)
    no = Code(primary_key=True)
    cancelled_by = Code()
    payment_reference = Text(50)


class ServiceInvoiceLine(PostedLineFields, Table, tablename="service_invoice_line"):
    key: ClassVar[tuple[str, ...]] = ("document_no", "line_no")
    id = Serial(primary_key=True)
    document_no = Ref("service_invoice_header", null=False)


class ServiceCrMemoHeader(HeaderFields, PostedTotals, Table, tablename="service_cr_memo_header"):
    key: ClassVar[tuple[str, ...]] = ("no",)
    no = Code(primary_key=True)
    cancels = Code()


class ServiceCrMemoLine(PostedLineFields, Table, tablename="service_cr_memo_line"):
    key: ClassVar[tuple[str, ...]] = ("document_no", "line_no")
    id = Serial(primary_key=True)
    document_no = Ref("service_cr_memo_header", null=False)
    invoice_no = Ref("service_invoice_header")
    invoice_line_no = Whole()


class PostedVatLine(Table, tablename="posted_vat_line"):
    """The VAT specification of a posted document, as it was calculated and is printed (P-136, D-73)."""

    key: ClassVar[tuple[str, ...]] = ("document_kind", "document_no", "line_no")
    id = Serial(primary_key=True)
    document_kind = Choice("invoice", "credit_memo")
    document_no = Code()
    line_no = Whole()
    vat_identifier = Code()
    vat_pct = Quantity()
    calculation_type = Choice("normal", "reverse_charge", "full")
    vat_clause_code = Ref("vat_clause")
    line_amount = Money()
    inv_disc_base = Money()
    inv_discount_amount = Money()
    base = Money()
    amount = Money()
    amount_including_vat = Money()
    base_lcy = Money()
    amount_lcy = Money()


class PostedFile(Table, tablename="posted_file"):
    """The file of a posted document as it was first issued (D-120)."""

    key: ClassVar[tuple[str, ...]] = ("document_kind", "document_no", "media_type")
    id = Serial(primary_key=True)
    document_kind = Choice("shipment", "invoice", "credit_memo")
    document_no = Code()
    media_type = Text()
    name = Text()
    content = Bytes()
    sha256 = Code(64)
    pages = Whole()
    made_at = Moment(null=False)
    user_name = Code(50)


class PostedRemark(Table, tablename="posted_remark"):
    """What somebody wrote down about a posted document after it was posted; never printed, never changed (D-102)."""

    key: ClassVar[tuple[str, ...]] = ("id",)
    id = Serial(primary_key=True)
    document_kind = Choice("shipment", "invoice", "credit_memo")
    document_no = Code()
    at = Moment(null=False)
    user_name = Code(50)
    text = LongText()
