"""Who a person is here: a customer with contracts and tokens, or a user; and what stands for them once
erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import attrs

from emobility_core.audit import Mention
from emobility_core.customers import Contract, Customer, IdTag, Token
from emobility_core.errors import Conflict
from emobility_core.identity import User
from emobility_core.ids import CustomerId, Ids, TenantId, UserId, shown
from emobility_core.instants import Instant

# What is shorter may be part of anything: it counts only where it stands alone.
_LONG = 6
_RANDOM_DIGITS = 12
# RFC 2606: nobody ever has an address there.
_NOWHERE = "erased.invalid"


@attrs.frozen
class PersonCharging(Conflict):
    """The person has a session that runs: what follows it would be told of somebody who is no longer known.

    Remedy: wait until the session has ended, or end it, then ask again.
    """

    code = "person-charging"
    session: UUID


@attrs.frozen
class TagOfSomebodyElse(Conflict):
    """A token of somebody else has the id tag of one of the person's: erasing it would erase theirs.

    Remedy: see which of both is right; remove or change the wrong token, then ask again.
    """

    code = "tag-of-somebody-else"
    token: UUID


@attrs.frozen
class TransferUnderWay(Conflict):
    """An import or export that may name the person is under way, or has just ended: its file would name them
    for as long as it is kept.

    Remedy: wait until the operation has ended, or stop it, then ask again.
    """

    code = "transfer-under-way"
    operation: UUID


@attrs.frozen(kw_only=True)
class Whose:
    """Whose data are meant: a customer's, or a user's."""

    customer: CustomerId | None = None
    user: UserId | None = None

    def __attrs_post_init__(self) -> None:
        if (self.customer is None) is (self.user is None):
            raise ValueError("a person is a customer or a user")


@attrs.frozen(kw_only=True)
class Person:
    """A customer with their contracts and tokens, or a user, and all by which they are known."""

    customer: Customer | None = None
    user: User | None = None
    contracts: tuple[Contract, ...] = ()
    tokens: tuple[Token, ...] = ()

    @property
    def whose(self) -> Whose:
        return Whose(
            customer=None if self.customer is None else self.customer.id,
            user=None if self.user is None else self.user.id,
        )

    @property
    def tenant(self) -> TenantId:
        return self._themselves.tenant

    @property
    def subjects(self) -> tuple[str, ...]:
        """The ids of the records that are the person's own, as shown outside."""
        return (
            shown("usr" if self.customer is None else "cus", self._themselves.id),
            *(shown("ctr", one.id) for one in self.contracts),
            *(shown("tok", one.id) for one in self.tokens),
        )

    @property
    def ids(self) -> tuple[UUID, ...]:
        return (
            self._themselves.id,
            *(one.id for one in self.contracts),
            *(one.id for one in self.tokens),
        )

    def texts(self) -> Iterator[tuple[str, bool]]:
        """What the person is called, and whether it counts anywhere."""
        name, email = self._themselves.name, self._themselves.email
        if name:
            yield name, " " in name and len(name) >= _LONG
        if email:
            yield email, True
        for contract in self.contracts:
            yield contract.number, len(contract.number) >= _LONG
        for token in self.tokens:
            yield token.id_tag.text, len(token.id_tag.text) >= _LONG

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Those texts, to look for."""
        return tuple(Mention(text=text, instead="", anywhere=anywhere) for text, anywhere in self.texts())

    @property
    def _themselves(self) -> Customer | User:
        themselves = self.customer or self.user
        assert themselves is not None
        return themselves


@attrs.frozen(kw_only=True)
class Pseudonymised:
    """A person whom nobody knows any more, and what takes the place of all that names them."""

    person: Person
    mentions: tuple[Mention, ...]


def pseudonymised(person: Person, *, at: Instant, ids: Ids) -> Pseudonymised:
    """Give a person names that are random and the same everywhere; their tokens charge no more."""

    def pseudonym() -> str:
        return f"erased-{shown('', ids.uuid7(at))[-_RANDOM_DIGITS:]}"

    texts = list(person.texts())
    known = {text: pseudonym() for text, _ in texts}
    themselves: dict[str, Any] = {"customer": None, "user": None}
    if person.customer is not None:
        themselves["customer"] = attrs.evolve(
            person.customer,
            name=known[person.customer.name],
            email=None,
            external_ids={},
            user_groups=(),
            cost_centre="",
            updated_at=at,
        )
    if person.user is not None:
        themselves["user"] = _signed_off(person.user, known, at)
    contracts = tuple(
        attrs.evolve(one, number=known[one.number], external_ids={}, updated_at=at)
        for one in person.contracts
    )
    tokens = tuple(_dead(one, IdTag(known[one.id_tag.text]), at) for one in person.tokens)
    # The longest first: an e-mail address may hold the name.
    ordered = sorted(texts, key=lambda one: len(one[0]), reverse=True)
    mentions = tuple(Mention(text=text, instead=known[text], anywhere=anywhere) for text, anywhere in ordered)
    erased = Person(**themselves, contracts=contracts, tokens=tokens)
    return Pseudonymised(person=erased, mentions=mentions)


def _signed_off(user: User, known: Mapping[str, str], at: Instant) -> User:
    """A user who never signs in again."""
    email = f"{known[user.email]}@{_NOWHERE}"
    name = known.get(user.name, "")
    return attrs.evolve(user, email=email, name=name, enabled=False, external_ids={}, updated_at=at)


def _dead(token: Token, tag: IdTag, at: Instant) -> Token:
    """A token of which nothing is left but that it was; what it had in common with others is not told."""
    since = token.blocked_since if token.blocked else at
    return attrs.evolve(
        token,
        id_tag=tag,
        parent=None,
        label="",
        external_ids={},
        blocked=True,
        blocked_since=since,
        updated_at=at,
    )
