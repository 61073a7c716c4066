"""Plans that were made a moment ago: the same document on the same ground gives the same plan.

A clerk looks at one document again and again: the panel beside its lines, the preview, the four options of the posting
page. Each look reads the database afresh; only when everything read is equal to what the last plan was made from is
that plan taken again. Posting never asks here: it plans for itself, under its locks (P-8).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from webapp.posting.plan import PostingPlan, outline_posting, plan_posting
from webapp.posting.snapshot import DocumentKey, PostingRequest, Snapshot

__all__ = ["Plans", "outline_of", "plan_of"]

MOST_ROWS: Final = 16_000  # some 25 MB


@dataclass(slots=True)
class _Looked:
    """What was seen of a document, and the plans made from it."""

    snapshot: Snapshot
    plans: dict[PostingRequest, PostingPlan] = field(default_factory=dict)
    outlines: dict[PostingRequest, PostingPlan] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """Lines read and entries planned."""
        planned = sum(plan.ledgers.count for plan in self.plans.values())
        return 1 + len(self.snapshot.lines) * (1 + len(self.outlines)) + planned

    def plan_of(self, request: PostingRequest) -> PostingPlan:
        if request not in self.plans:
            self.plans[request] = plan_posting(self.snapshot, request)
        return self.plans[request]

    def outline_of(self, request: PostingRequest) -> PostingPlan:
        planned = self.plans.get(request) or self.outlines.get(request)
        if planned is None:
            planned = self.outlines[request] = outline_posting(self.snapshot, request)
        return planned


class Plans:
    """The last plans by document and user, as many as fit into a number of rows."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self.most_rows = most_rows
        self.rows = 0
        self._looked: OrderedDict[tuple[DocumentKey, str], _Looked] = OrderedDict()

    def plan_of(self, snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
        """The plan of this snapshot: exactly what `plan_posting` gives."""
        with self._at(snapshot) as looked:
            return looked.plan_of(request)

    def outline_of(self, snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
        """The same without its entries: what `outline_posting` gives, or the whole plan if it was made."""
        with self._at(snapshot) as looked:
            return looked.outline_of(request)

    @contextmanager
    def _at(self, snapshot: Snapshot) -> Iterator[_Looked]:
        place = (snapshot.header.key, snapshot.user_name)
        looked = self._looked.pop(place, None)
        if looked is not None:
            self.rows -= looked.weight
        if looked is None or looked.snapshot != snapshot:
            looked = _Looked(snapshot)
        yield looked
        if looked.weight <= self.most_rows:
            self._looked[place] = looked
            self.rows += looked.weight
        while self.rows > self.most_rows:
            _, oldest = self._looked.popitem(last=False)
            self.rows -= oldest.weight


_PLANS: Final = Plans()


def plan_of(snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
    """The plan of a snapshot that was just read: made now, or before from an equal one."""
    return _PLANS.plan_of(snapshot, request)


def outline_of(snapshot: Snapshot, request: PostingRequest) -> PostingPlan:
    """The same without its entries, which a page that offers several options does not show."""
    return _PLANS.outline_of(snapshot, request)
