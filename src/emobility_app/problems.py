"""Refusals as problem documents (RFC 9457): the one place that knows HTTP statuses."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import attrs
from litestar import Request, Response
from litestar.exceptions import HTTPException

from emobility_app.auth.tokens import TokenRefused
from emobility_app.request_ids import request_id
from emobility_app.wire import Flaw, MalformedBody, told_fields
from emobility_core.errors import Conflict, Denied, EmobilityError, Invalid, NotFound, Unavailable

_log = logging.getLogger("emobility.http")

STATUS: dict[type[EmobilityError], int] = {
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Denied: 403,
    Unavailable: 503,
}
MEDIA_TYPE = "application/problem+json"


class RequestRefused(EmobilityError):
    """A request that HTTP itself refuses, before any domain is asked."""

    status: ClassVar[int]


@attrs.frozen
class MalformedRequest(RequestRefused):
    """The request cannot be read: its JSON, a parameter or a header is malformed.

    Remedy: mend what `detail` names.
    """

    code = "malformed-request"
    status = 400
    reason: str


@attrs.frozen
class CursorRefused(RequestRefused):
    """The cursor was not given by the server for this list, with these filters and this order.

    Remedy: follow the link to the next page as it is, or repeat the query of the page before with its
    `next_cursor`; begin without a cursor if the query is another one.
    """

    code = "cursor-refused"
    status = 400


@attrs.frozen
class BodyTooDeep(RequestRefused):
    """Objects and lists of the body lie within each other deeper than any form that the API takes.

    Remedy: send the form that the reference shows for the operation.
    """

    code = "body-too-deep"
    status = 400
    limit: int


@attrs.frozen
class UnknownEventType(RequestRefused):
    """Events are asked for by a type that does not exist, so that none would ever come.

    Remedy: `nearest` is the type that is spelt most like it, if there is one; `known` lists those of the same
    subject, or all subjects; the reference describes each type under `webhooks`.
    """

    code = "unknown-event-type"
    status = 400
    unknown: str
    known: str
    nearest: str = ""

    def fields(self) -> dict[str, object]:
        return {name: value for name, value in super().fields().items() if value or name != "nearest"}


@attrs.frozen
class Unauthenticated(RequestRefused):
    """The access token is missing, malformed, expired, forged, or for somebody else.

    Remedy: get a token at `/oauth/token` and send it as `Authorization: Bearer`; it lasts ten minutes.
    """

    code = "unauthenticated"
    status = 401
    reason: str


@attrs.frozen
class UnknownPath(RequestRefused):
    """The server has nothing under this path.

    Remedy: take paths from the reference at `/docs`.
    """

    code = "not-found"
    status = 404


@attrs.frozen
class MethodNotAllowed(RequestRefused):
    """There is something under this path, but not with this method.

    Remedy: use one of the methods that the header `Allow` names.
    """

    code = "method-not-allowed"
    status = 405


@attrs.frozen
class UnsupportedMediaType(RequestRefused):
    """The body is said to be something else than what the operation takes.

    Remedy: send JSON, and say so: `Content-Type: application/json`; to an import `text/csv` or
    `application/x-ndjson`, as UTF-8, as it is or with `Content-Encoding: gzip`.
    """

    code = "unsupported-media-type"
    status = 415
    given: str
    taken: str


@attrs.frozen
class BodyTooLarge(RequestRefused):
    """The body is longer than the server takes.

    Remedy: send less at once.
    """

    code = "body-too-large"
    status = 413
    limit: int


@attrs.frozen
class BodyTooSlow(RequestRefused):
    """The body of a file did not arrive within the time that one may take.

    Remedy: send it again over a better line, compressed, or in parts.
    """

    code = "body-too-slow"
    status = 408
    seconds: int


@attrs.frozen
class CompressionRefused(RequestRefused):
    """A compressed body holds more than any file of records does for its size, or breaks off.

    Remedy: send it as it is, or in parts.
    """

    code = "compression-refused"
    status = 422
    reason: str


@attrs.frozen
class IdempotencyKeyRequired(RequestRefused):
    """An operation that makes a station act, moves money or erases a person needs an Idempotency-Key.

    Remedy: send a header `Idempotency-Key` with a new random value, the same again on a retry.
    """

    code = "idempotency-key-required"
    status = 400


@attrs.frozen
class IdempotencyKeyReused(RequestRefused):
    """The Idempotency-Key was used before, for another request.

    Remedy: use a new key for a new request.
    """

    code = "idempotency-key-reused"
    status = 422


@attrs.frozen
class RequestInFlight(RequestRefused):
    """A request with this Idempotency-Key is being worked on.

    Remedy: wait for `Retry-After` seconds and send it again.
    """

    code = "request-in-flight"
    status = 409


@attrs.frozen
class PreconditionFailed(RequestRefused):
    """The record is not in the version that If-Match names.

    Remedy: read it again and apply the change to the new version.
    """

    code = "precondition-failed"
    status = 412


@attrs.frozen
class PreconditionRequired(RequestRefused):
    """This kind of record is only changed in a version that the caller has seen.

    Remedy: send `If-Match` with the ETag of the record as read.
    """

    code = "precondition-required"
    status = 428


@attrs.frozen
class TooManyRequests(RequestRefused):
    """The client has sent more requests than it may; none of this one has been done.

    Remedy: wait for `Retry-After` seconds; `RateLimit` tells beforehand how many requests are left, and
    `GET /v1/me` what the limit is.
    """

    code = "too-many-requests"
    status = 429
    retry_after_s: int


@attrs.frozen
class UnknownExpansion(RequestRefused):
    """`expand` names something that the operation does not show beside its objects.

    Remedy: take names from `known`; those of what is shown beside are joined by a point, two at most.
    """

    code = "unknown-expansion"
    status = 400
    unknown: str
    known: str


@attrs.frozen
class InternalError(RequestRefused):
    """The server made a mistake, which it has written to its log.

    Remedy: tell whoever runs the server the `request_id`; the log has the cause under it.
    """

    code = "internal-error"
    status = 500


_OF_HTTP = {kind.status: kind.code for kind in (UnknownPath, MethodNotAllowed, BodyTooLarge)}


def problem(
    status: int, code: str, detail: str, request: Request[Any, Any, Any], *, errors: tuple[Flaw, ...] = (),
    fields: dict[str, Any] | None = None, headers: dict[str, str] | None = None,
) -> Response[dict[str, Any]]:  # fmt: skip
    base = str(request.app.state.public_url)
    content: dict[str, Any] = {
        "type": f"{base}/problems/{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "code": code,
        "request_id": request_id(request.scope),
    }
    if errors:
        content["errors"] = [attrs.asdict(flaw) for flaw in errors]
    if fields:
        content["fields"] = fields
    return Response(content, status_code=status, media_type=MEDIA_TYPE, headers=headers or {})


def refused(request: Request[Any, Any, Any], error: EmobilityError) -> Response[dict[str, Any]]:
    """An anticipated refusal: the caller's to mend, so not an error of ours."""
    if isinstance(error, MalformedBody):
        words = "The body does not have the form that the operation takes; see errors."
        return problem(422, error.code, words, request, errors=error.errors)
    if isinstance(error, Unavailable):
        return _unavailable(request, error)
    headers = _again(error)
    fields = told_fields(error)
    return problem(_status(error), error.code, error.worded(fields), request, fields=fields, headers=headers)


def _again(error: EmobilityError) -> dict[str, str]:
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": "1"} if isinstance(error, RequestInFlight) else {}


def _unavailable(request: Request[Any, Any, Any], error: Unavailable) -> Response[dict[str, Any]]:
    """What failed behind the server, and where that is, concerns whoever runs it."""
    _log.warning("%s: %s %s: %s", request_id(request.scope), request.method, request.url.path, error)
    cause = " ".join((type(error).__doc__ or error.code).split("\n\n", 1)[0].split())
    return problem(_status(error), error.code, cause, request, headers={"Retry-After": "1"})


def _status(error: EmobilityError) -> int:
    if isinstance(error, RequestRefused):
        return error.status
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def unauthenticated(request: Request[Any, Any, Any], error: TokenRefused) -> Response[dict[str, Any]]:
    # RFC 6750, 3: without a token no error is named; with a bad one invalid_token is.
    given = "authorization" in request.headers
    challenge = f'Bearer error="invalid_token", error_description="{error.reason}"' if given else "Bearer"
    headers = {"WWW-Authenticate": challenge}
    return problem(Unauthenticated.status, Unauthenticated.code, error.reason, request, headers=headers)


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """What Litestar refuses itself: unknown paths and methods, bodies that are too large."""
    if error.status_code >= InternalError.status:
        return bug(request, error)
    code = _OF_HTTP.get(error.status_code, MalformedRequest.code)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return problem(error.status_code, code, error.detail, request, headers=headers)


def bug(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Anything else is a mistake of ours: told to the log, not to the caller."""
    name = request_id(request.scope)
    _log.error("%s: unexpected failure of %s %s", name, request.method, request.url.path, exc_info=error)
    return problem(InternalError.status, InternalError.code, str(InternalError()), request)


def leaves(root: type[EmobilityError] = EmobilityError) -> list[type[EmobilityError]]:
    """All named refusals that are loaded, for the catalogue."""
    # By code: attrs makes each class anew with slots, and the first one is gone only once it is collected.
    found = {
        leaf.code: leaf
        for kind in root.__subclasses__()
        for leaf in ([kind] if "code" in vars(kind) else []) + leaves(kind)
    }
    return [found[code] for code in sorted(found)]
