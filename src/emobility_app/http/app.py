"""The HTTP application: every operation of the API behind one door that authenticates and answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import attrs
import orjson
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from emobility_app.auth import Caller, TokenEndpoint, TokenRefused, bearer
from emobility_app.http import (
    access_explanations,
    api_clients,
    attachments,
    audit,
    certificates,
    clocks,
    commands,
    configurations,
    doubts,
    event_cursors,
    events,
    exports,
    grants,
    imports,
    inherited,
    load,
    local_lists,
    me,
    messages,
    oauth,
    operations,
    people,
    places,
    posting_operations,
    prices,
    privacy,
    profiles,
    quarantine,
    reference,
    reservations,
    resolutions,
    roles,
    security_events,
    sessions,
    simulations,
    tariff_explanations,
    tenant_moves,
    tenant_settings,
    tenants,
    trusted_issuers,
    users,
    webhooks,
)
from emobility_app.http.attribution import attributed, let_in, note_answer
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.expanding import Expansions
from emobility_app.http.idempotency import Idempotency
from emobility_app.http.puts import put_endpoint
from emobility_app.http.records import endpoints
from emobility_app.http.security import guarded, tell
from emobility_app.http.services import Services
from emobility_app.limits import told
from emobility_app.pages.sign_in import SignInPages
from emobility_app.problems import (
    BodyTooLarge,
    MalformedRequest,
    TooManyRequests,
    bug,
    http_error,
    refused,
    unauthenticated,
)
from emobility_core.errors import EmobilityError

LONGEST_BODY = 1024 * 1024

RESOURCES = (
    (tenants.TENANTS, None),
    (places.SITES, None),
    (places.STATION_GROUPS, None),
    (places.STATIONS, None),
    (configurations.TEMPLATES, "stations"),
    (people.USER_GROUPS, None),
    (people.CUSTOMERS, None),
    (people.CONTRACTS, None),
    (people.TOKENS, None),
    (users.USER, None),
    (prices.TARIFFS, None),
    (prices.TARIFF_ASSIGNMENTS, "tariffs"),
    *posting_operations.RESOURCES,
    (load.BUDGETS, "load"),
    (load.POINTS, "load"),
    (load.LIMITS, "load"),
    (load.PRIORITIES, "load"),
)


EXPANSIONS = Expansions.of([*RESOURCES, (prices.TARIFF_VERSIONS, "tariffs")])


def api() -> list[Endpoint]:
    """All operations of the API, in the order in which the reference shows them."""
    idempotency = Idempotency()
    operations_of_api = [
        *(endpoint for kind, scope in RESOURCES for endpoint in endpoints(kind, idempotency, scope)),
        *(put_endpoint(kind, scope or kind.path) for kind, scope in RESOURCES if kind.put),
        *tenant_settings.ENDPOINTS,
        *inherited.ENDPOINTS,
        *prices.ENDPOINTS,
        *tariff_explanations.ENDPOINTS,
        *tenant_moves.endpoints(idempotency),
        *quarantine.endpoints(idempotency),
        *configurations.endpoints(idempotency),
        *certificates.endpoints(idempotency),
        *security_events.ENDPOINTS,
        *sessions.ENDPOINTS,
        *doubts.ENDPOINTS,
        *resolutions.endpoints(idempotency),
        *messages.ENDPOINTS,
        *attachments.ENDPOINTS,
        *commands.endpoints(idempotency),
        *reservations.endpoints(idempotency),
        *posting_operations.endpoints(idempotency),
        *local_lists.endpoints(idempotency),
        *profiles.endpoints(idempotency),
        *imports.endpoints(idempotency),
        *exports.endpoints(idempotency),
        *operations.ENDPOINTS,
        *events.ENDPOINTS,
        *event_cursors.endpoints(idempotency),
        *webhooks.endpoints(idempotency),
        *api_clients.endpoints(idempotency),
        *trusted_issuers.endpoints(idempotency),
        *roles.endpoints(idempotency),
        *grants.endpoints(idempotency),
        *users.endpoints(idempotency),
        *audit.ENDPOINTS,
        *privacy.endpoints(idempotency),
        *clocks.endpoints(idempotency),
        *simulations.endpoints(idempotency),
        *me.ENDPOINTS,
    ]
    asked_about = {endpoint.operation: endpoint for endpoint in operations_of_api}
    operations_of_api.append(access_explanations.explaining(asked_about))
    return [EXPANSIONS.described(endpoint) for endpoint in operations_of_api]


def build_app(
    services: Services,
    token_endpoint: TokenEndpoint,
    pages: Sequence[Any] = (),
    *,
    further: Sequence[Endpoint] = (),
) -> Litestar:
    """Compose the application of the API, its reference, the token endpoint and pages; `further` are
    operations beside those of the API."""
    operations_of_api = [*api(), *further]
    return Litestar(
        route_handlers=[
            *_routes(operations_of_api, services),
            *oauth.routes(services, token_endpoint, services.visitors),
            *SignInPages(token_endpoint, services.visitors, services.denials).routes(),
            *reference.routes(operations_of_api, services.public_url),
            *pages,
        ],
        exception_handlers={
            EmobilityError: refused,
            TokenRefused: unauthenticated,
            HTTPException: http_error,
            Exception: bug,
        },
        before_send=[guarded],
        openapi_config=None,
        # How a process logs is not for one of its parts to say.
        logging_config=None,
        request_max_body_size=LONGEST_BODY,
        state=State({"public_url": services.public_url}),
    )


def _routes(operations_of_api: Sequence[Endpoint], services: Services) -> list[HTTPRouteHandler]:
    """One for each path, which answers OPTIONS too: Litestar sets a path up anew for every handler that it is
    given, and makes one of its own for OPTIONS. A server starts in half the time so."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for endpoint in operations_of_api:
        methods = paths.setdefault(endpoint.path, {})
        assert endpoint.method not in methods, f"{endpoint.operation} stands where another operation is"
        methods[endpoint.method] = endpoint
    return [_route(path, methods, services) for path, methods in paths.items()]


def _route(path: str, methods: Mapping[str, Endpoint], services: Services) -> HTTPRouteHandler:
    allowed = {"Allow": ", ".join(sorted([*methods, "OPTIONS"]))}

    async def handle(request: Request[Any, Any, Any]) -> Response[Any] | Stream:
        endpoint = methods.get(request.method)
        if endpoint is None:
            return Response(None, status_code=204, headers=allowed)
        if endpoint.deprecated is not None:
            tell(request.scope, endpoint.deprecated.headers())
        caller = await _caller(request, services)
        _count(caller, request, services)
        admission = await let_in(caller, endpoint, request, services)
        scope = admission.scope
        assert scope is not None, "whoever is let in has a scope"
        if endpoint.method != "GET" and not endpoint.timeless:
            # Whoever acts does so at one present: where time is another one, the caller narrows to it.
            scope = attrs.evolve(scope, apart=await services.apart(scope.path))
        call = Call(
            services=services,
            caller=caller,
            scope=scope,
            admission=admission,
            clock=services.clocks.of(scope.path),
            method=endpoint.method,
            path=_places(endpoint, request),
            query={name: request.query_params.getall(name) for name in request.query_params},
            headers={name.lower(): value for name, value in request.headers.items()},
            body=b"" if endpoint.takes_files else await _body(request),
            operation=endpoint.operation,
            sent=request.stream() if endpoint.takes_files else None,
        )
        call = attrs.evolve(call, scope=attributed(call, endpoint, request))
        call.require_known(endpoint.query)
        await call.require_open()
        answer = await EXPANSIONS.answered(endpoint, call)
        if endpoint.reveals:
            await note_answer(call)
        return _response(answer)

    # Litestar reads the annotations of its handlers, not the strings that the future import makes of them.
    handle.__annotations__ = {"request": Request[Any, Any, Any], "return": Response[Any]}
    takes_files = any(one.takes_files for one in methods.values())
    return HTTPRouteHandler(
        _PLACE.sub(r"{\1:str}", path.replace("{external_id}", "{external_id:path}")),
        http_method=[HttpMethod.OPTIONS, *(HttpMethod(method) for method in methods)],
        # Of streams; each other answer has its own.
        status_code=200,
        request_max_body_size=None if takes_files else LONGEST_BODY,
    )(handle)


_PLACE = re.compile(r"\{(\w+)\}")


def _places(endpoint: Endpoint, request: Request[Any, Any, Any]) -> dict[str, str]:
    """What stands in the path, each as it was sent: an id of another system may hold an encoded slash."""
    if not endpoint.places:
        return {name: str(value) for name, value in request.path_params.items()}
    sent, known = request.scope["raw_path"].decode("latin-1").split("/"), endpoint.path.split("/")
    if len(sent) != len(known):
        raise MalformedRequest("an id is one part of the path: write its slashes as %2F")
    try:
        values = [unquote(part, errors="strict") for part in sent]
    except UnicodeDecodeError as error:
        raise MalformedRequest("the path is no UTF-8") from error
    return {name[1:-1]: value for name, value in zip(known, values, strict=True) if name.startswith("{")}


async def _caller(request: Request[Any, Any, Any], services: Services) -> Caller:
    token, visitors = bearer(request.headers), services.visitors
    if (wait_s := visitors.distrusted_s(request)) and not services.access.remembers(token):
        raise TooManyRequests(wait_s)
    try:
        return await services.access.caller(token)
    except TokenRefused:
        # One that was genuine once is no stranger's, and costs nothing to refuse.
        if not services.access.remembers(token):
            visitors.count_refused(request)
        raise


def _count(caller: Caller, request: Request[Any, Any, Any], services: Services) -> None:
    """Count the request and tell what is left; raise `TooManyRequests`."""
    left, quota = services.limits.take(caller.party), services.limits.quota
    tell(request.scope, told(default=(quota, left)))
    if left.wait_s:
        raise TooManyRequests(left.wait_s)


async def _body(request: Request[Any, Any, Any]) -> bytes:
    if request.method in ("GET", "HEAD"):
        return b""
    body = await request.body()
    if len(body) > LONGEST_BODY:
        raise BodyTooLarge(LONGEST_BODY)
    return body


def _response(answer: Answer) -> Response[Any] | Stream:
    if answer.stream is not None:
        return Stream(answer.stream, media_type=answer.media_type, headers=dict(answer.headers))
    content = answer.content | answer.once if answer.once else answer.content
    content = None if content is None else orjson.dumps(content)
    headers = dict(answer.headers)
    return Response(content, status_code=answer.status, media_type="application/json", headers=headers)
