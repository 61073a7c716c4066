"""The e-invoice inside the PDF: Factur-X, in Germany ZUGFeRD, as PDF/A-3 for long keeping (D-127, D-128, D-151).

The pages are those of the stored PDF. What PDF/A asks for is added: the colours that are meant, metadata that say the
same as the document's own, and the few entries in fonts and pictures that the engine writes otherwise.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any, Final
from xml.sax.saxutils import escape

from webapp.einvoice.cii import FILE_NAME

__all__ = ["factur_x"]

LEVEL: Final = "EN 16931"
SPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
PROPERTIES: Final = {
    "DocumentFileName": "The name of the invoice file inside",
    "DocumentType": "What the file is",
    "Version": "The version of the Factur-X text",
    "ConformanceLevel": "The profile of the Factur-X text",
}


def factur_x(content: bytes, text: bytes, title: str, author: str, at: datetime) -> bytes:
    """The PDF with the text of its e-invoice inside; `at` is when it is made."""
    pikepdf = import_module("pikepdf")
    with pikepdf.Pdf.open(io.BytesIO(content)) as pdf:
        _as_archives_want(pikepdf, pdf)
        _colours(pikepdf, pdf)
        _describe(pikepdf, pdf, title, author, at.astimezone(UTC).replace(microsecond=0))
        inside = pikepdf.AttachedFileSpec(
            pdf,
            text,
            description=f"Invoice by {LEVEL}",
            filename=FILE_NAME,
            mime_type="text/xml",
            creation_date=_day(at),
            mod_date=_day(at),
            relationship=pikepdf.Name.Alternative,
        )
        pdf.attachments[FILE_NAME] = inside
        pdf.Root.AF = pikepdf.Array([pdf.attachments[FILE_NAME].obj])
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
        return out.getvalue()


def _day(at: datetime) -> str:
    return f"D:{at.astimezone(UTC):%Y%m%d%H%M%S}Z"


def _as_archives_want(pikepdf: Any, pdf: Any) -> None:
    """A font of numbered glyphs says how they are numbered, and no reader may smooth a picture."""
    for one in pdf.objects:
        if not isinstance(one, (pikepdf.Dictionary, pikepdf.Stream)):
            continue
        kind = one.get("/Subtype")
        if kind == "/CIDFontType2" and "/CIDToGIDMap" not in one:
            one.CIDToGIDMap = pikepdf.Name.Identity
        elif kind == "/Image" and "/Interpolate" in one:
            del one["/Interpolate"]


def _colours(pikepdf: Any, pdf: Any) -> None:
    profile = pdf.make_stream(_srgb(), N=3)
    meant = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier="sRGB",
        Info="sRGB IEC61966-2.1",
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(meant)])


@cache
def _srgb() -> bytes:
    colours = import_module("PIL.ImageCms")  # comes with pikepdf
    profile = colours.ImageCmsProfile(colours.createProfile("sRGB")).tobytes()
    assert isinstance(profile, bytes)
    return profile


def _describe(pikepdf: Any, pdf: Any, title: str, author: str, at: datetime) -> None:
    """The same in both places where a PDF says what it is."""
    program = "Finalize"
    for name in list(pdf.docinfo.keys()):
        del pdf.docinfo[name]
    said = {"Title": title, "Author": author, "Creator": program, "Producer": program}
    for name, value in {**said, "CreationDate": _day(at), "ModDate": _day(at)}.items():
        pdf.docinfo[f"/{name}"] = value
    pdf.Root.Metadata = pdf.make_stream(
        _metadata({name: escape(value) for name, value in said.items()}, f"{at:%Y-%m-%dT%H:%M:%SZ}").encode(),
        Type=pikepdf.Name.Metadata,
        Subtype=pikepdf.Name.XML,
    )


def _metadata(said: Mapping[str, str], at: str) -> str:
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, meaning in PROPERTIES.items()
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
        "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{said["Title"]}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:creator><rdf:Seq><rdf:li>{said['Author']}</rdf:li></rdf:Seq></dc:creator>"
        f"<xmp:CreatorTool>{said['Creator']}</xmp:CreatorTool><pdf:Producer>{said['Producer']}</pdf:Producer>"
        f"<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate></rdf:Description>"
        f'<rdf:Description rdf:about="" xmlns:fx="{SPACE}"><fx:DocumentType>INVOICE</fx:DocumentType>'
        f"<fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName><fx:Version>1.0</fx:Version>"
        f"<fx:ConformanceLevel>{LEVEL}</fx:ConformanceLevel></rdf:Description>"
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>'
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{SPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
        "</rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    )
