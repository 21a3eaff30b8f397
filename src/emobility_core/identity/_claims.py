"""What the claims of an external token come to: a caller in one tenant with roles, or a named refusal.

The claims are believed here: whoever calls has verified signature, issuer, times and audience.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import attrs

from emobility_core.errors import Denied
from emobility_core.identity._trusted_issuer import TrustedIssuer
from emobility_core.ids import TenantId, TrustedIssuerId, shown
from emobility_core.tenancy import Tenant

Claims = Mapping[str, object]

# What an actor is named by: no space, nothing that cannot be read in the audit trail.
_SUBJECT = re.compile(r"[\x21-\x7e]{1,200}")
_LONGEST_EMAIL = 254
# RFC 8693, 4.2: one text, separated by spaces. Entra ID calls it `scp`.
_SPACED = ("scope", "scp")


@attrs.frozen
class RequiredClaimUnmet(Denied):
    """The token lacks a claim that its trusted issuer requires, or has another value there.

    Remedy: sign in with an account of the organization that is trusted, or mend `required_claims`.
    """

    code = "required-claim-unmet"
    claim: str


@attrs.frozen
class IssuerAmbiguous(Denied):
    """The token fits two trusted issuers, so that nobody can say for which tenant it counts.

    Remedy: ask for a token with a single audience.
    """

    code = "issuer-ambiguous"
    issuer: str


@attrs.frozen
class SubjectUnnamed(Denied):
    """The token does not say whose it is: the claim is missing, has spaces or more than 200 characters, or
    is an address that is not verified.

    Remedy: have the identity provider put the claim into access tokens, or name another `subject_claim`.
    """

    code = "subject-unnamed"
    claim: str


@attrs.frozen
class TenantUnmapped(Denied):
    """The token names no tenant, or none that is the trusting one or lies below it.

    Remedy: mend the claim at the identity provider, or give the tenant that it names the external id.
    """

    code = "tenant-unmapped"
    claim: str


@attrs.frozen
class TenantAmbiguous(Denied):
    """The token names a tenant by an external id that more than one has below the trusting tenant.

    Remedy: take the id away from all but one of them; somebody of the trusting tenant or above may.
    """

    code = "tenant-ambiguous"
    claim: str


@attrs.frozen
class RolesUnmapped(Denied):
    """Nothing that the token says stands for a role, and none is assigned to its subject.

    Remedy: add its groups to `roles` of the trusted issuer, or assign a role to `subject:iss_…:` with this
    subject; where a person is in too many groups, some identity providers leave the claim out (map
    application roles instead).
    """

    code = "roles-unmapped"
    claim: str


@attrs.frozen
class NamedTenant:
    """The tenant that a claim names: by its id, or by its external id in `system`."""

    system: str | None
    value: str


@attrs.frozen(kw_only=True)
class ExternalCaller:
    """Who calls with a token of a trusted issuer; `subject` is unique within it, `roles` are their keys."""

    issuer: TrustedIssuerId
    subject: str
    email: str | None
    tenant: TenantId
    roles: tuple[str, ...]

    @property
    def actor(self) -> str:
        return f"subject:{shown('iss', self.issuer)}:{self.subject}"


def trusted_for(issuers: Sequence[TrustedIssuer], claims: Claims) -> TrustedIssuer:
    """The one of an issuer's trusts that a token fits, of those whose audience it has (at least one).

    Raises `RequiredClaimUnmet` if there is none, `IssuerAmbiguous` if there are several.
    """
    unmet = {one.id: _unmet(one, claims) for one in issuers}
    fitting = [one for one in issuers if unmet[one.id] is None]
    if not fitting:
        raise RequiredClaimUnmet(unmet[issuers[0].id] or "")
    if len(fitting) > 1:
        raise IssuerAmbiguous(fitting[0].issuer)
    return fitting[0]


def _unmet(issuer: TrustedIssuer, claims: Claims) -> str | None:
    required = issuer.required_claims.items()
    return next((name for name, value in required if value not in _texts(claims, name)), None)


def named_tenant(issuer: TrustedIssuer, claims: Claims) -> NamedTenant | None:
    """The tenant that the token names, None where the issuer says it; raise `TenantUnmapped`."""
    if issuer.tenant_claim is None:
        return None
    values = _texts(claims, issuer.tenant_claim)
    if len(values) != 1:
        raise TenantUnmapped(issuer.tenant_claim)
    return NamedTenant(issuer.tenant_system, values[0])


def caller_of(
    issuer: TrustedIssuer, claims: Claims, *, trusting: Tenant, home: Tenant | None
) -> ExternalCaller:
    """Who the token stands for. `trusting` is the tenant that trusts the issuer, `home` the one that was
    found for the caller, None if none was.

    Raises `SubjectUnnamed` and `TenantUnmapped`.
    """
    if home is None or not home.path.startswith(trusting.path):
        raise TenantUnmapped(issuer.tenant_claim or "")
    roles = dict.fromkeys(issuer.default_roles)
    for value in _texts(claims, issuer.roles_claim or ""):
        roles |= dict.fromkeys(issuer.roles.get(value, ()))
    return ExternalCaller(
        issuer=issuer.id,
        subject=_subject(issuer, claims),
        email=_email(issuer, claims),
        tenant=TenantId(home.id),
        roles=tuple(roles),
    )


def opened(
    issuer: TrustedIssuer, roles: Collection[str], *, vouched: frozenset[str], assigned: frozenset[str]
) -> frozenset[str]:
    """The scopes of a token: what the `roles` permit that its issuer vouches for, and what those do that are
    assigned to its subject here. Raises `RolesUnmapped` where there is nothing of either kind."""
    if not roles and not assigned:
        raise RolesUnmapped(issuer.roles_claim or "")
    return vouched | assigned


def _subject(issuer: TrustedIssuer, claims: Claims) -> str:
    found = _at(claims, issuer.subject_claim)
    # Whoever registers an address that is not his must not become its owner.
    unproven = issuer.subject_claim == issuer.email_claim and claims.get("email_verified") is False
    if not isinstance(found, str) or unproven or _SUBJECT.fullmatch(found) is None:
        raise SubjectUnnamed(issuer.subject_claim)
    return found


def _email(issuer: TrustedIssuer, claims: Claims) -> str | None:
    found = _at(claims, issuer.email_claim or "")
    if not isinstance(found, str) or claims.get("email_verified") is False:
        return None
    return found if 0 < len(found) <= _LONGEST_EMAIL and found.isprintable() else None


def _texts(claims: Claims, name: str) -> tuple[str, ...]:
    """The texts of a claim; whatever is no text counts for nothing."""
    found = _at(claims, name)
    if isinstance(found, str):
        return tuple(found.split()) if name in _SPACED else (found,)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _at(claims: Claims, name: str) -> object:
    if not name.startswith("/"):
        return claims.get(name)
    found: object = claims
    for part in name[1:].split("/"):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part.replace("~1", "/").replace("~0", "~"))
    return found
