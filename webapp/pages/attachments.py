"""Files attached to open documents, customers and items: listed, added, taken away, and given out; of posted documents
and closed orders only given out (D-33, S-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath
from litestar.response import Template

from webapp.pages.answers import Visit, page, see_other, submitted, told
from webapp.pages.document_paths import key_of, places, requires_of_place
from webapp.pages.open_documents import load_shown
from webapp.pages.posted_documents import kind_of, posted
from webapp.posting.attachments import MOST_BYTES, TYPES
from webapp.posting.findings import Finding
from webapp.posting.snapshot import Line
from webapp.security import requires
from webapp.store.attachments import (
    Attachment,
    Upload,
    add_attachments,
    attach_again,
    attached_content,
    delete_attachment,
    load_attachments,
)
from webapp.store.comments import POSTED_KINDS
from webapp.store.masters import MASTERS, get_master

__all__ = ["ROUTES"]

MOST_BODY: Final = 30_000_000
"""Of one upload: several files, and room to tell of one that is too large instead of breaking off."""

_MASTER_PATHS: Final = {"/customers": "customer", "/items": "item"}
_MASTERS: Final = [f"{path}/{{no:str}}/attachments" for path in _MASTER_PATHS]


@dataclass(frozen=True, slots=True)
class Owner:
    """What files are attached to, as its page names it; `lines` are those that files may belong to."""

    kind: str
    no: str
    path: str
    name: str
    subtitle: str
    editable: bool
    lines: Sequence[Line] = ()
    customer_no: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.no

    @property
    def items(self) -> list[str]:
        return sorted({line.no for line in self.lines if line.type == "item" and line.no})

    def kept_with(self, file: Attachment) -> tuple[str, str] | None:
        """With whom else a file of a document may be kept: the item of its line, or the customer (D-33)."""
        if not self.customer_no:
            return None
        line = next((one for one in self.lines if one.line_no == file.line_no), None)
        return ("item", line.no) if line and line.type == "item" and line.no else ("customer", self.customer_no)


@dataclass(frozen=True, slots=True)
class Offer:
    """A file of the customer or an item, which a document may have as well."""

    kind: str
    file: Attachment

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.file.id}:{self.file.owner_no}"


async def _owner(request: Visit, no: str) -> Owner:
    path = request.url.path
    master = next((kind for start, kind in _MASTER_PATHS.items() if path.startswith(f"{start}/")), "")
    if not master:
        shown = await load_shown(request, key_of(path, no))
        head = shown.head
        name = f"{shown.place.name} {head.no}"
        lines = [line for line in shown.document.lines if not line.is_text]
        return Owner(
            head.document_type, head.no, shown.path, name, head.customer_name, shown.editable, lines, head.customer_no
        )
    row = await get_master(MASTERS[f"{master}s"], (no,))
    if row is None:
        raise NotFoundException(f"There is no {master} {no}.")
    own, said = f"/{master}s/{quote(no, safe='')}", str(row.get("name") or row.get("description") or "")
    return Owner(master, no, own, f"{master.capitalize()} {no}", said, request.user.may("masters.edit"))


async def _page(request: Visit, owner: Owner, found: Sequence[Finding] = (), line_no: int = 0) -> Template:
    files = await load_attachments(owner.kind, owner.no)
    offers: list[Offer] = []
    if owner.customer_no and owner.editable:
        there = {one.file_id for one in files}
        of = {"customer": [owner.customer_no], "item": owner.items}
        found_of = {kind: await load_attachments(kind, *numbers) for kind, numbers in of.items()}
        offers = [Offer(kind, one) for kind, many in found_of.items() for one in many if one.file_id not in there]
    return page(
        request,
        "documents/attachments.html",
        422 if found else 200,
        owner=owner,
        path=f"{owner.path}/attachments",
        files=files,
        offers=offers,
        findings=found,
        line_no=line_no,
        most_bytes=MOST_BYTES,
        endings=",".join(f".{ending}" for ending in TYPES),
    )


async def _answer(request: Visit, owner: Owner, found: Sequence[Finding], text: str) -> Response[Any]:
    if found:
        return await _page(request, owner, found)
    return see_other(request, f"{owner.path}/attachments", told(text))


# --- looking --------------------------------------------------------------------------------------------------------


@get(places("/{no:str}/attachments"), guards=[requires_of_place("read")])
async def show_of_document(request: Visit, no: FromPath[str]) -> Template:
    return await _page(request, await _owner(request, no))


@get(_MASTERS, guards=[requires("masters.read")])
async def show_of_master(request: Visit, no: FromPath[str]) -> Template:
    return await _page(request, await _owner(request, no))


def _given(found: tuple[Attachment, bytes] | None) -> Response[bytes]:
    """The file, to be saved and never shown in the place of a page of this site."""
    if found is None:
        raise NotFoundException("This file is not there any more.")
    file, content = found
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "_" for sign in file.name)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = {"Content-Disposition": named, "Cache-Control": "private, no-store"}
    return Response(content, media_type=file.media_type or "application/octet-stream", headers=headers)


@get(places("/{no:str}/attachments/{attachment:int}"), guards=[requires_of_place("read")])
async def give_of_document(request: Visit, no: FromPath[str], attachment: FromPath[int]) -> Response[bytes]:
    """Also of a closed order, whose files stay under its number."""
    key = key_of(request.url.path, no)
    return _given(await attached_content((key.document_type, no), attachment))


@get(posted("/{no:str}/attachments/{attachment:int}"), guards=[requires("posted.read")])
async def give_of_posted(request: Visit, no: FromPath[str], attachment: FromPath[int]) -> Response[bytes]:
    return _given(await attached_content((POSTED_KINDS[kind_of(request).name], no), attachment))


@get([f"{path}/{{attachment:int}}" for path in _MASTERS], guards=[requires("masters.read")])
async def give_of_master(request: Visit, no: FromPath[str], attachment: FromPath[int]) -> Response[bytes]:
    kind = next(kind for start, kind in _MASTER_PATHS.items() if request.url.path.startswith(f"{start}/"))
    return _given(await attached_content((kind, no), attachment))


# --- changing -------------------------------------------------------------------------------------------------------


async def _add(request: Visit, no: str) -> Response[Any]:
    owner = await _owner(request, no)
    form = await request.form()
    files = [one for one in form.getall("file", []) if isinstance(one, UploadFile) and one.filename]
    uploads = [Upload(one.filename, await one.read()) for one in files]
    line = str(form.get("line_no") or "0")
    line_no = int(line) if line.isascii() and line.isdecimal() and len(line) < 10 else -1
    found = await add_attachments(request.user.acting, owner.key, uploads, line_no)
    if found:
        return await _page(request, owner, found, line_no)
    said = "1 file is attached." if len(uploads) == 1 else f"{len(uploads)} files are attached."
    return await _answer(request, owner, (), said)


@post(
    places("/{no:str}/attachments"),
    guards=[requires_of_place("edit")],
    status_code=200,
    request_max_body_size=MOST_BODY,
)
async def add_to_document(request: Visit, no: FromPath[str]) -> Response[Any]:
    return await _add(request, no)


@post(_MASTERS, guards=[requires("masters.edit")], status_code=200, request_max_body_size=MOST_BODY)
async def add_to_master(request: Visit, no: FromPath[str]) -> Response[Any]:
    return await _add(request, no)


@post(places("/{no:str}/attachments/again"), guards=[requires_of_place("edit")], status_code=200)
async def add_again(request: Visit, no: FromPath[str]) -> Response[Any]:
    """A file of the customer or of an item of the document is attached to the document, too."""
    owner = await _owner(request, no)
    kind, _, rest = dict(await submitted(request)).get("source", "").partition(":")
    number, _, of = rest.partition(":")
    if (kind, of) not in {("customer", owner.customer_no), *(("item", item) for item in owner.items)}:
        raise NotFoundException("There is no such file.")
    if not (number.isascii() and number.isdecimal() and len(number) < 15):
        raise NotFoundException("There is no such file.")
    found = await attach_again(request.user.acting, (kind, of), int(number), owner.key)
    return await _answer(request, owner, found, f"The file of {kind} {of} is attached.")


@post(places("/{no:str}/attachments/{attachment:int}/keeping"), guards=[requires_of_place("edit")], status_code=200)
async def keep(request: Visit, no: FromPath[str], attachment: FromPath[int]) -> Response[Any]:
    """A file of the document is kept with its customer, or with the item of its line, too."""
    if not request.user.may("masters.edit"):
        raise PermissionDeniedException(f"Your role “{request.user.role}” does not include this.")
    owner = await _owner(request, no)
    file = next((one for one in await load_attachments(owner.kind, owner.no) if one.id == attachment), None)
    other = owner.kept_with(file) if file else None
    if other is None:
        raise NotFoundException("This file is not there any more.")
    found = await attach_again(request.user.acting, owner.key, attachment, other)
    return await _answer(request, owner, found, f"The file is kept with {other[0]} {other[1]}, too.")


async def _take_away(request: Visit, no: str, attachment: int) -> Response[Any]:
    owner = await _owner(request, no)
    found = await delete_attachment(request.user.acting, owner.key, attachment)
    return await _answer(request, owner, found, "The file is taken away.")


@post(places("/{no:str}/attachments/{attachment:int}/deletion"), guards=[requires_of_place("edit")], status_code=200)
async def delete_of_document(request: Visit, no: FromPath[str], attachment: FromPath[int]) -> Response[Any]:
    return await _take_away(request, no, attachment)


@post([f"{path}/{{attachment:int}}/deletion" for path in _MASTERS], guards=[requires("masters.edit")], status_code=200)
async def delete_of_master(request: Visit, no: FromPath[str], attachment: FromPath[int]) -> Response[Any]:
    return await _take_away(request, no, attachment)


ROUTES: Final = (
    show_of_document,
    show_of_master,
    give_of_document,
    give_of_posted,
    give_of_master,
    add_to_document,
    add_to_master,
    add_again,
    keep,
    delete_of_document,
    delete_of_master,
)
