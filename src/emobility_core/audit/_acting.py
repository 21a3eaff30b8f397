"""Who acted, where the issuer of a token names them: the name may be an e-mail address, and so it stands
where an erasure can take it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from emobility_core.audit._changes import Change
from emobility_core.audit._entry import ChangeKind
from emobility_core.ids import TenantId
from emobility_core.work import Deed, Scope

_SOMEBODY = "subject"
_BY_ISSUER = re.compile(r"(subject(?::iss_[0-9a-z]{26})?)(?::|$)")
_OURS = re.compile(r"(?:client:)?cli_|(?:user:)?usr_")


def without_name(actor: str) -> str:
    """An actor as the content of an entry has it: of whom an issuer vouches for, the issuer alone."""
    found = _BY_ISSUER.match(actor)
    return actor if found is None else found[1]


def act_without_names(deed: Deed) -> list[str]:
    """Those for whom somebody acts: what a token of elsewhere calls them may be any name."""
    return [one if _OURS.match(one) else _SOMEBODY for one in deed.act]


def acting(scope: Scope, deed: Deed, tenant: TenantId) -> Iterator[Change]:
    """The names that are left out of the content."""
    known = [("actor", scope.actor, without_name(scope.actor))]
    known += [("act", name, plain) for name, plain in zip(deed.act, act_without_names(deed), strict=True)]
    for place, name, plain in known:
        if name != plain:
            yield Change(tenant=tenant, subject=plain, kind=ChangeKind.ACTED, after={place: name})


def named_by(actors: Sequence[str]) -> list[dict[str, str]]:
    """What details hold of these actors, if an issuer names them."""
    return [{"actor": one} for one in actors if without_name(one) != one]
