"""Certificates of supply: asked for by the posting of a shipment, noted when they come back (D-107)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from db.documents import SupplyCertificate
from db.engine import fetch, transaction
from db.session import Batch
from webapp.posting.certificates import certificate_findings, certificate_is_required
from webapp.posting.findings import Finding, finding
from webapp.posting.plan import PostingPlan
from webapp.store.acting import Acting
from webapp.store.document_lists import CERTIFICATES
from webapp.store.paper import log_row
from webapp.store.rows import codec

__all__ = ["Certificate", "certificate_batch", "certificate_of", "certificate_printed", "note_certificate"]

_COLUMNS = ("status", "receipt_date")


@dataclass(frozen=True, slots=True)
class Certificate:
    """How it stands with the certificate of a shipment; the date is the day of receipt, of one that was received."""

    status: str
    receipt_date: date | None


def certificate_batch(plan: PostingPlan, shipment_no: str) -> Batch:
    """The row of a shipment that needs a certificate; nothing for the many that need none."""
    rows = [(shipment_no,)] if shipment_no and certificate_is_required(plan.case) else []
    return "INSERT INTO supply_certificate (shipment_no) VALUES (?)", rows


async def certificate_of(shipment_no: str) -> Certificate | None:
    """None for a shipment that needs none, or none any more."""
    rows = codec(SupplyCertificate)
    found = await fetch(f"SELECT {', '.join(_COLUMNS)} {CERTIFICATES} AND c.shipment_no = ?", shipment_no)
    return Certificate(**rows.read(_COLUMNS, found[0])) if found else None


async def note_certificate(
    acting: Acting, shipment_no: str, after: Certificate, seen: Certificate, shipped: date
) -> Sequence[Finding]:
    """Notes how it stands with the certificate. `seen` is what the page showed: what somebody else has noted meanwhile
    is not written over."""
    found = list(certificate_findings(after.status, after.receipt_date, shipped, acting.work_date))
    if found or after == seen:
        return found
    rows = codec(SupplyCertificate)
    async with transaction() as session:
        lock = " FOR UPDATE" if session.dialect == "postgresql" else ""
        (row,) = await session.fetch(rows.select(_COLUMNS, f"WHERE shipment_no = ?{lock}"), shipment_no)
        if Certificate(**rows.read(_COLUMNS, row)) != seen:
            return [finding("entry_edited_meanwhile", name=f"Certificate of shipment {shipment_no}")]
        values = [rows.write(name, getattr(after, name)) for name in _COLUMNS]
        await session.execute(
            "UPDATE supply_certificate SET status = ?, receipt_date = ? WHERE shipment_no = ?", *values, shipment_no
        )
        at, said = datetime.now(UTC), after.status.replace("_", " ").capitalize()
        said += f" on {after.receipt_date}" if after.receipt_date else ""
        await session.execute(*log_row("shipment", shipment_no, "Certificate of supply", at, acting.user, said))
    return []


async def certificate_printed(acting: Acting, shipment_no: str) -> None:
    """It is no print of the shipment: the log notes it, and nothing is counted."""
    async with transaction() as session:
        at = datetime.now(UTC)
        await session.execute(*log_row("shipment", shipment_no, "Certificate printed", at, acting.user, ""))
