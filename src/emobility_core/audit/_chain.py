"""The chain of hashes over the entries of a tenant, and where it is broken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import attrs

from emobility_core.audit._entry import (
    AuditDetail,
    AuditEntry,
    AuditHead,
    AuditLink,
    ChangeKind,
    Recorded,
    instant_text,
)
from emobility_core.ids import shown

ANCHORED = "audit.anchored"
# What the first entry of a chain follows.
BEGINNING = "0" * 64


def canonical(value: object) -> str:
    """JSON with sorted keys and no blanks: the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def detail_digest(detail: AuditDetail) -> str | None:
    """What stands for a detail in its entry; None for one that has no values. The salt is unguessable:
    once it is gone, nobody can try which values the digest was of."""
    if detail.salt is None:
        return None
    return sha256(canonical({"after": detail.after, "before": detail.before, "salt": detail.salt}))


def linked(entry: AuditEntry, previous: AuditHead | AuditLink | None) -> AuditLink:
    """Give an entry the place behind `previous`."""
    seq = 1 if previous is None else previous.seq + 1
    before = BEGINNING if previous is None else previous.hash
    hashed = _hash(entry.content, before, seq)
    return AuditLink(tenant=entry.tenant, seq=seq, entry=entry.id, previous=before, hash=hashed)


def _hash(content: str, previous: str, seq: int) -> str:
    # The canonical form of an object with these three keys, whose content is canonical already.
    return sha256(f'{{"content":{content},"previous":"{previous}","seq":{seq}}}')


class ChainFault(Enum):
    """What is wrong at a place of a chain."""

    GAP = "gap"
    MISSING = "missing"
    CHANGED = "changed"
    REORDERED = "reordered"
    DETAIL_CHANGED = "detail-changed"
    DETAIL_MISSING = "detail-missing"
    UNPLACED = "unplaced"
    TRUNCATED = "truncated"
    HEADLESS = "headless"


@attrs.frozen
class ChainBreak:
    """The first place at which a chain does not hold: its number, and the entry that stands there."""

    seq: int
    fault: ChainFault
    entry: str | None = None


@attrs.frozen(kw_only=True)
class ChainVerdict:
    """How many places were looked at, where that ended, whether it was the end of the chain, and where it
    is broken, if it is."""

    checked: int
    seq: int
    head: str
    complete: bool
    broken: ChainBreak | None = None


@attrs.define
class ChainCheck:
    """Goes along a chain, a piece at a time. `anchors` are hashes that were published, by their place."""

    anchors: Mapping[int, str] = attrs.field(factory=dict)
    seq: int = 0
    head: str = BEGINNING
    checked: int = 0
    broken: ChainBreak | None = None
    # Details that are gone, by their place, until the entry that says so has come by.
    gone: dict[tuple[str, int], int] = attrs.field(factory=dict)

    def follow(self, places: Iterable[tuple[AuditLink, Recorded | None]]) -> None:
        """Go on with the places behind, in their order; None for an entry that is not there."""
        for link, recorded in places:
            if self.broken is not None:
                return
            self.broken = self._fault(link, recorded)
            self.seq, self.head, self.checked = link.seq, link.hash, self.checked + 1

    def verdict(self, *, complete: bool) -> ChainVerdict:
        """What was found, whether or not the chain has come to its end."""
        broken = self.broken
        if broken is None and complete:
            broken = self._missing()
        return ChainVerdict(
            checked=self.checked, seq=self.seq, head=self.head, complete=complete, broken=broken
        )

    def _missing(self) -> ChainBreak | None:
        if self.gone:
            (entry, _), seq = min(self.gone.items(), key=lambda one: one[1])
            return ChainBreak(seq, ChainFault.DETAIL_MISSING, entry)
        if max(self.anchors, default=0) > self.seq:
            return ChainBreak(self.seq + 1, ChainFault.TRUNCATED)
        return None

    def _fault(self, link: AuditLink, recorded: Recorded | None) -> ChainBreak | None:
        entry = shown("aud", link.entry)
        if link.seq != self.seq + 1:
            return ChainBreak(self.seq + 1, ChainFault.GAP)
        if link.previous != self.head:
            return ChainBreak(link.seq, ChainFault.REORDERED, entry)
        if recorded is None:
            return ChainBreak(link.seq, ChainFault.MISSING, entry)
        found = recorded.entry
        if _hash(found.content, link.previous, link.seq) != link.hash or not _agrees(found, link):
            return ChainBreak(link.seq, ChainFault.CHANGED, entry)
        if self.anchors.get(link.seq, link.hash) != link.hash:
            return ChainBreak(link.seq, ChainFault.CHANGED, entry)
        fault = self._detail_fault(recorded, link.seq)
        return None if fault is None else ChainBreak(link.seq, fault, entry)

    def _detail_fault(self, recorded: Recorded, seq: int) -> ChainFault | None:
        entry, content = shown("aud", recorded.id), json.loads(recorded.entry.content)
        details = {one.number: one for one in recorded.details}
        for number, change in enumerate(content["changes"]):
            detail = details.pop(number, None)
            if detail is None:
                return ChainFault.DETAIL_MISSING
            if detail.subject != change["subject"] or _is_forged(detail):
                return ChainFault.DETAIL_CHANGED
            if detail.erased_by is not None and change["digest"] is not None:
                self.gone[entry, number] = seq
            elif detail_digest(detail) != change["digest"]:
                return ChainFault.DETAIL_CHANGED
            if change["kind"] == ChangeKind.ERASED.value:
                self._erased(change["subject"])
        return ChainFault.DETAIL_CHANGED if details else None

    def _erased(self, subject: str) -> None:
        """An erasure says of which entries it took the details."""
        for place in [place for place in self.gone if place[0] == subject]:
            del self.gone[place]


def _is_forged(detail: AuditDetail) -> bool:
    """Whether it holds values that no digest covers: it has none, or they are said to be gone."""
    covered = detail.salt is not None and detail.erased_by is None
    return not covered and (detail.before, detail.after, detail.salt) != (None, None, None)


def _agrees(entry: AuditEntry, link: AuditLink) -> bool:
    """Whether what entries are searched by is what their content says."""
    content: Mapping[str, Any] = json.loads(entry.content)
    told = {
        "id": shown("aud", entry.id),
        "tenant": shown("ten", link.tenant),
        "at": instant_text(entry.at),
        "actor": entry.actor,
        "operation": entry.operation,
        "outcome": entry.outcome.value,
    }
    return entry.tenant == link.tenant and {name: content[name] for name in told} == told
