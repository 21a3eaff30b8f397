"""An operation of the API: what it is called, who may, what it takes and gives, and who answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any

import attrs
import orjson

from emobility_app.auth import Caller, TokenRefused, bearer
from emobility_app.http.admission import Admission, still_admitted
from emobility_app.http.services import Services
from emobility_app.problems import BodyTooDeep, MalformedRequest, UnsupportedMediaType
from emobility_app.wire import DEEPEST, is_deeper
from emobility_core.access import Grant, GrantRefused, GrantRight
from emobility_core.errors import EmobilityError
from emobility_core.ids import TenantId
from emobility_core.instants import Clock, Instant
from emobility_core.spelling import did_you_mean
from emobility_core.tenancy import TenantClosed
from emobility_core.work import Scope

Json = Mapping[str, Any]
# What every reader of JSON keeps exactly (RFC 8259, 6).
LARGEST = 2**53 - 1


@attrs.frozen(kw_only=True)
class Call:
    """A request, authenticated and with its scope; `clock` tells the time of its tenant. The body is `sent`
    piece by piece to an operation that takes files, else it is there."""

    services: Services
    caller: Caller
    scope: Scope
    clock: Clock
    method: str
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes
    operation: str
    admission: Admission | None = None
    sent: AsyncIterator[bytes] | None = attrs.field(default=None, eq=False, repr=False)

    async def is_still_authorized(self) -> bool:
        """Whether token and rights of the caller still hold; a stream ends with them, not with itself."""
        if self.caller.expires <= self.services.clock.now().timestamp():
            return False
        try:
            # The token is read as if it came now: rules of a trust that have changed count for it.
            same = await self.services.access.caller(bearer(self.headers)) == self.caller
        except (TokenRefused, EmobilityError):
            return False
        return same and (self.admission is None or await still_admitted(self.admission, self.services))

    @property
    def held(self) -> frozenset[str]:
        """What the caller holds here without limits: no more than that may it hand out."""
        return frozenset() if self.admission is None else self.admission.held

    async def held_at(self, tenant: TenantId) -> frozenset[str]:
        """What the caller holds at a tenant without limits; nothing at one above or beside its own."""
        return frozenset() if self.admission is None else await self.admission.held_at(tenant, self.services)

    @property
    def grant(self) -> Grant | None:
        """The grant under which somebody of another company calls."""
        return None if self.admission is None else self.admission.grant

    def require(self, permission: str) -> None:
        """Raise a refusal unless the caller may do this as well."""
        self.caller.require(permission)
        if self.admission is not None:
            self.admission.require(permission)

    def json(self) -> dict[str, Any]:
        """Read the body as a JSON object; raise `MalformedRequest`, `UnsupportedMediaType`, `BodyTooDeep`."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        # RFC 7396 names a patch application/merge-patch+json.
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMediaType(kind[:100], "application/json")
        try:
            body = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise MalformedRequest(f"the body is no JSON: {error.msg}") from error
        if not isinstance(body, dict):
            raise MalformedRequest("the body must be a JSON object")
        if is_deeper(body, DEEPEST):
            raise BodyTooDeep(DEEPEST)
        return body

    def require_known(self, names: Collection[str]) -> None:
        """Refuse parameters that the operation does not have: a filter misspelt must not show all."""
        if unknown := sorted(set(self.query) - set(names)):
            meant = did_you_mean(unknown[0], names)
            raise MalformedRequest(f"unknown parameters: {', '.join(unknown)}{meant}")

    async def require_open(self) -> None:
        """Raise `TenantClosed` for whoever would do more than read for a tenant that acts no more, be it
        under a grant of one that does."""
        if self.method == "GET":
            return
        acting = () if self.admission is None else (self.admission.asked.tenant,)
        for tenant in (self.scope.tenant, *acting):
            if await self.services.is_closed(tenant):
                raise TenantClosed(tenant)

    def require_unshared(self, *filters: str) -> None:
        """Raise a refusal where somebody of another company filters by what it is not shown."""
        if self.grant is not None and (named := sorted(self.query.keys() & set(filters))):
            raise GrantRefused(f"it does not open the filter {named[0]}")

    def one(self, name: str) -> str | None:
        """A query parameter that may stand once."""
        values = self.query.get(name, ())
        if len(values) > 1:
            raise MalformedRequest(f"{name} may stand once only")
        return values[0] if values else None

    def flag(self, name: str) -> bool:
        text = self.one(name)
        if text not in (None, "true", "false"):
            raise MalformedRequest(f"{name} must be true or false")
        return text == "true"

    def number(self, name: str, default: int, *, least: int = 0, most: int) -> int:
        text = self.one(name)
        if text is None:
            return default
        whole = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
        if not whole or not least <= int(text) <= most:
            raise MalformedRequest(f"{name} must be a whole number from {least} to {most}")
        return int(text)


@attrs.frozen(kw_only=True)
class Answer:
    """What a call is answered with; `stream` of its `media_type` instead of `content` for what is long.

    `once` takes the place of what `content` has under the same names, and is kept nowhere: a secret is shown
    to the first caller alone, not to whoever asks again under its Idempotency-Key.
    """

    content: Any = None
    once: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    stream: AsyncIterator[Any] | None = None
    media_type: str = "text/event-stream"


@attrs.frozen
class Parameter:
    """A parameter of query or header: what it means, and the JSON schema of its value."""

    words: str
    schema: Json = attrs.field(factory=lambda: {"type": "string"})
    required: bool = False


@attrs.frozen(kw_only=True)
class Deprecation:
    """That an operation is deprecated `since`, and gone at `sunset`; `link` tells what to use instead."""

    since: Instant
    sunset: Instant
    link: str

    def __attrs_post_init__(self) -> None:
        if self.sunset - self.since < _NOTICE:
            raise ValueError("an operation goes no sooner than twelve months after it is deprecated")

    def headers(self) -> dict[str, str]:
        """RFC 9745 and RFC 8594."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.sunset.astimezone(UTC), usegmt=True),
            "Link": f'<{self.link}>; rel="deprecation"; type="text/html"',
        }


_NOTICE = timedelta(days=365)


@attrs.frozen(kw_only=True)
class Endpoint:
    """One operation. `scope` is the OAuth scope that it needs, None for any valid token; `also` are dangerous
    ones that it needs beside it.

    `takes` and `gives` are JSON schemas, `takes_files` are the media types of a file that is its body,
    `names` the prefix of the id in the path, `places` what stands in the path besides. `files` are the media
    types of files that it gives as well, where the call asks for one. `deprecated` is told by each answer.
    `shared` are the rights of a grant that open it to other companies, by any of them; what has none is for
    the own company's people alone, and of these for those whose rights are not limited to sites.
    One that is `timeless` acts on clocks, not by one: it also reaches who lives by another than the caller.
    `expands` are the fields of its objects that `expand` may name, with the prefix of the ids in them.
    `reveals` is whether it shows what is so personal or secret that each reading stands in the audit log.
    """

    method: str
    path: str
    operation: str
    summary: str
    scope: str | None
    handle: Callable[[Call], Awaitable[Answer]]
    takes: Json | None = None
    takes_files: tuple[str, ...] = ()
    gives: Json | None = None
    status: int = 200
    names: str = ""
    places: Mapping[str, Parameter] = attrs.field(factory=dict)
    query: Mapping[str, Parameter] = attrs.field(factory=dict)
    headers: Mapping[str, Parameter] = attrs.field(factory=dict)
    media_type: str = "application/json"
    files: tuple[str, ...] = ()
    deprecated: Deprecation | None = None
    also: frozenset[str] = frozenset()
    expands: Mapping[str, str] = attrs.field(factory=dict)
    shared: frozenset[GrantRight] = frozenset()
    reveals: bool = False
    timeless: bool = False
