"""A trusted issuer: an identity provider whose access tokens a tenant accepts, and what they count for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Denied, Invalid, NotFound
from emobility_core.ids import TenantId, TrustedIssuerId
from emobility_core.work import Record

# Signatures whose key nobody but the issuer has (RFC 7518, 3.1; RFC 9864). With a shared secret whoever
# verifies could also sign.
ALGORITHMS = frozenset(
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
)
_MOST_AUDIENCES, _MOST_REQUIRED, _MOST_VALUES, _MOST_ROLES = 10, 10, 500, 20
_LONGEST_TEXT = 500


@attrs.frozen
class UnknownTrustedIssuer(NotFound):
    """There is no such trusted issuer within the caller's scope.

    Remedy: list the trusted issuers and use one of their ids.
    """

    code = "unknown-trusted-issuer"
    trusted_issuer: UUID


@attrs.frozen
class UnfitIssuer(Invalid):
    """A rule of a trusted issuer cannot hold.

    Remedy: see the reason; the reference names what each field means.
    """

    code = "unfit-trusted-issuer"
    field: str
    reason: str


@attrs.frozen
class UnsafeAlgorithm(Invalid):
    """A trusted issuer would be believed by a signature that others can make too.

    Remedy: choose asymmetric algorithms such as RS256, PS256, ES256 and Ed25519; never none or HS256.
    """

    code = "unsafe-algorithm"
    field: str
    algorithm: str


@attrs.frozen
class IssuersIndistinct(Conflict):
    """A token could count for two trusted issuers, and so for two tenants.

    Remedy: give this trust an audience of its own, or require a claim (`tid`, `hd`) that has another value
    for each of them.
    """

    code = "issuers-indistinct"
    issuer: str


@attrs.frozen
class ExternalIdReserved(Denied):
    """By the external ids of tenants in this system a tenant above maps tokens of an identity provider:
    whoever took one would take its people in.

    Remedy: have it set by somebody of the tenant that trusts the issuer, or of one above it.
    """

    code = "external-id-reserved"
    system: str


@attrs.frozen
class IssuerUrlRefused(Invalid):
    """An issuer cannot have this URL.

    Remedy: give the issuer exactly as its tokens name it (`iss`): an https URL of a host that the internet
    reaches, without user name, password, query or fragment; an operator may allow http and private addresses
    (`emobility serve --issuers-allow-http --issuers-allow-private`).
    """

    code = "issuer-url-refused"
    url: str
    reason: str


def _of(most: int, least: int = 0) -> Callable[[Any, attrs.Attribute[Any], Collection[str]], None]:
    def check(_: Any, field: attrs.Attribute[Any], values: Collection[str]) -> None:
        if not least <= len(values) <= most:
            raise UnfitIssuer(field.name, f"it has {least} to {most} entries")
        for value in values:
            _check_text(field.name, value)

    return check


def _text(_: Any, field: attrs.Attribute[Any], value: str | None) -> None:
    if value is not None:
        _check_text(field.name, value)


def _check_text(field: str, value: str) -> None:
    if not 0 < len(value) <= _LONGEST_TEXT or not value.isprintable():
        raise UnfitIssuer(field, f"each text has 1 to {_LONGEST_TEXT} printable characters")


def _algorithms(_: Any, __: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if name not in ALGORITHMS:
            raise UnsafeAlgorithm("algorithms", name[:20])
    if not names:
        raise UnfitIssuer("algorithms", "without one no token is accepted")


def _role_map(_: Any, __: Any, roles: Mapping[str, tuple[str, ...]]) -> None:
    if len(roles) > _MOST_VALUES:
        raise UnfitIssuer("roles", f"it has at most {_MOST_VALUES} values")
    for value, named in roles.items():
        _check_text("roles", value)
        if not 0 < len(named) <= _MOST_ROLES:
            raise UnfitIssuer("roles", f"each value stands for 1 to {_MOST_ROLES} roles")


@attrs.frozen(kw_only=True)
class TrustedIssuer(Record):
    """Whoever brings a token of `issuer` for one of `audiences` acts in the tenant that trusts it, or below.

    A claim is named as it stands in the token, or by a JSON pointer (RFC 6901) if it lies within another one:
    `/realm_access/roles`. Each of `required_claims` must have its value, or hold it where it is a list. The
    caller acts in the tenant `home` (by default the one that trusts the issuer), or in the one that
    `tenant_claim` names: by its id, or by its external id in `tenant_system`. `roles` maps values of
    `roles_claim` to roles, each the key of a built-in one or the id of a tenant's own; `default_roles` are
    everybody's.
    """

    id: TrustedIssuerId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    issuer: str = attrs.field(validator=_text)
    audiences: tuple[str, ...] = attrs.field(validator=_of(_MOST_AUDIENCES, least=1))
    algorithms: tuple[str, ...] = attrs.field(default=("RS256", "PS256", "ES256"), validator=_algorithms)
    required_claims: Mapping[str, str] = attrs.field(factory=dict, validator=_of(_MOST_REQUIRED))
    subject_claim: str = attrs.field(default="sub", validator=_text)
    email_claim: str | None = attrs.field(default="email", validator=_text)
    home: TenantId | None = None
    tenant_claim: str | None = attrs.field(default=None, validator=_text)
    tenant_system: str | None = attrs.field(default=None, validator=_text)
    roles_claim: str | None = attrs.field(default=None, validator=_text)
    roles: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, validator=_role_map)
    default_roles: tuple[str, ...] = attrs.field(default=(), validator=_of(_MOST_ROLES))
    enabled: bool = True

    def __attrs_post_init__(self) -> None:
        # OpenID Connect Discovery 1.0, 2: an issuer has neither query nor fragment.
        if {*"?#"} & {*self.issuer} or not urlsplit(self.issuer).scheme:
            raise UnfitIssuer("issuer", "it is a URL without query and fragment")
        if self.home is not None and self.tenant_claim is not None:
            raise UnfitIssuer("home", "either one tenant is home to all, or a claim names it")
        if self.tenant_system is not None and self.tenant_claim is None:
            raise UnfitIssuer("tenant_system", "without `tenant_claim` there is nothing to look up")
        if bool(self.roles) is (self.roles_claim is None):
            raise UnfitIssuer("roles_claim", "`roles` and the claim that they are values of go together")

    @property
    def granted_roles(self) -> frozenset[str]:
        """Every role that a token may count for."""
        return frozenset(self.default_roles).union(*self.roles.values())

    def is_apart_from(self, other: TrustedIssuer) -> bool:
        """Whether no token fits both: by issuer, by audience, or by a claim that both require."""
        if self.issuer != other.issuer or not {*self.audiences} & {*other.audiences}:
            return True
        others = other.required_claims
        return any(others.get(claim, value) != value for claim, value in self.required_claims.items())


def require_apart(issuer: TrustedIssuer, others: Collection[TrustedIssuer]) -> None:
    """Raise `IssuersIndistinct` if a token could fit another one too.

    One that is switched off takes none, and is in nobody's way until it is switched on.
    """
    enabled = [one for one in others if one.enabled and one.id != issuer.id]
    if issuer.enabled and not all(issuer.is_apart_from(one) for one in enabled):
        raise IssuersIndistinct(issuer.issuer)
