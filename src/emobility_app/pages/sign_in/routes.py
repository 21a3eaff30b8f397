"""The handlers of `/oauth/authorize`: people sign in by forms that need neither script nor cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from emobility_app.auth import TokenEndpoint
from emobility_app.auth.asking import Asked, Faulty, Outcome, SentBack, allowed, asked
from emobility_app.auth.grants import Consent
from emobility_app.denials import Denials
from emobility_app.forms import form_fields, query_fields
from emobility_app.pages.sign_in.attempts import Attempts
from emobility_app.pages.sign_in.passwords import PasswordPages
from emobility_app.pages.sign_in.rendering import ASSETS, Page, Text, rendered, said, text_of
from emobility_app.pages.sign_in.second_factor import SecondFactorPages
from emobility_app.pages.sign_in.tickets import LASTS, Ticket, Tickets
from emobility_app.visitors import Visitors
from emobility_core.identity import (
    ApiClient,
    CredentialOver,
    SpentAlready,
    User,
    check_password,
    check_second_factor,
)
from emobility_core.ids import MalformedId, TenantId, UserId, parse_id, shown
from emobility_core.instants import Instant
from emobility_core.tenancy import UnknownTenant

OPERATION = "oauth_authorize"
Handle = Callable[[Request[Any, Any, Any]], Awaitable[Page]]


@attrs.frozen
class _Visit:
    """One request of a browser: what it asks for, of which tenant whoever signs in is, in which words it is
    answered."""

    request: Request[Any, Any, Any]
    query: str
    asked: Asked
    tenant: TenantId
    text: Text

    @property
    def client(self) -> str:
        return shown("cli", self.asked.client.id)


class SignInPages:
    """People signing in at clients, and setting their passwords."""

    def __init__(self, endpoint: TokenEndpoint, visitors: Visitors, denials: Denials) -> None:
        self._endpoint = endpoint
        self._visitors = visitors
        self._people = endpoint.issuing.people
        self._tools = self._people.tools
        self._tickets = Tickets(self._tools.digest, self._tools.clock)
        self._attempts = Attempts(
            tools=self._tools, visitors=visitors, denials=denials, path_of=self._people.path_of
        )

    def routes(self) -> list[HTTPRouteHandler]:
        passwords = PasswordPages(self._people, self._visitors, self._attempts)
        issuer = self._endpoint.issuing.tokens.issuer
        factors = SecondFactorPages(self._people, self._visitors, self._tickets, self._attempts, issuer)
        return [
            *_both("/oauth/authorize", OPERATION, self._authorize, self._step),
            *_both("/sign-in/password", "sign_in_password", passwords.show, passwords.take),
            *_both("/sign-in/second-factor", "sign_in_second_factor", factors.show, factors.take),
            ASSETS.route(),
        ]

    async def _authorize(self, request: Request[Any, Any, Any]) -> Page:
        query = request.scope["query_string"].decode("latin-1")
        visit = await self._visit(request, query)
        return self._password(visit) if isinstance(visit, _Visit) else visit

    async def _step(self, request: Request[Any, Any, Any]) -> Page:
        fields = form_fields(request.headers.get("content-type", ""), await request.body())
        if fields is None:
            return self._fault(text_of(request, {}), "the form cannot be read")
        visit = await self._visit(request, fields.get("query", ""))
        if not isinstance(visit, _Visit):
            return visit
        self._visitors.count_password(request)
        steps = {"password": self._after_password, "code": self._after_code, "consent": self._after_consent}
        step = steps.get(fields.get("step", ""))
        if step is None:
            return self._fault(visit.text, "the form cannot be read")
        return await step(visit, fields)

    async def _visit(self, request: Request[Any, Any, Any], query: str) -> _Visit | Page:
        fields = query_fields(query)
        if fields is None:
            self._visitors.count(request)
            return self._fault(text_of(request, {}), "a parameter stands twice, or is no UTF-8")
        self._visitors.count(request, fields.get("client_id", ""))
        outcome: Outcome = await asked(self._endpoint, fields)
        text = text_of(request, fields)
        if not isinstance(outcome, Asked):
            return self._elsewhere(outcome, text)
        tenant = await self._tenant(fields.get("tenant"), outcome.client)
        if tenant is None:
            return self._fault(text, "tenant names none whose people the application is for")
        return _Visit(request, query, outcome, tenant, text)

    async def _tenant(self, named: str | None, client: ApiClient) -> TenantId | None:
        """Whose people are asked for: the client's own, or those of a tenant below it."""
        try:
            tenant = client.tenant if named is None else TenantId(parse_id("ten", named))
            below = (await self._people.path_of(tenant)).startswith(await self._people.path_of(client.tenant))
        except (MalformedId, UnknownTenant):
            return None
        return tenant if below else None

    async def _after_password(self, visit: _Visit, fields: Text) -> Page:
        email, password = fields.get("email", ""), fields.get("password", "")
        at = self._tools.clock.now()
        user = await check_password(email, password, tenant=visit.tenant, tools=self._tools)
        if user is None:
            await self._failed(visit, email, "wrong password")
            return self._password(visit, visit.text["wrong"])
        async with self._tools.reading(self._tools.everything) as work:
            credentials = await work.credentials.get(user.id)
        if credentials.totp_confirmed:
            return self._code(visit, Ticket(user.id, at))
        return await self._signed_in(visit, user, at)

    async def _after_code(self, visit: _Visit, fields: Text) -> Page:
        ticket = self._tickets.read("code", visit.query, fields.get("ticket", ""))
        if ticket is None:
            return self._password(visit, visit.text["over"])
        user = await self._user(ticket.user)
        if not await check_second_factor(user.id, fields.get("code", ""), tools=self._tools):
            await self._failed(visit, user.email, "wrong code")
            return self._code(visit, ticket, visit.text["code_wrong"])
        return await self._signed_in(visit, user, ticket.at)

    async def _after_consent(self, visit: _Visit, fields: Text) -> Page:
        text, scopes = fields.get("ticket", ""), fields.get("scopes", "")
        ticket = self._tickets.read("consent", _consented(visit, scopes), text)
        if ticket is None or not await self._spent(text, visit.tenant):
            return self._password(visit, visit.text["over"])
        if fields.get("decision") != "allow":
            return await self._answer(visit, None)
        user = await self._user(ticket.user)
        return await self._answer(visit, self._consent(visit, user, tuple(scopes.split()), ticket.at))

    async def _spent(self, ticket: str, tenant: TenantId) -> bool:
        mark = self._tools.digest(f"ticket {ticket}".encode())
        try:
            async with self._tools.transactions(self._tools.everything) as work:
                until = Instant(self._tools.clock.now() + 2 * LASTS)
                await work.spent.spend(mark, tenant=tenant, until=until)
        except SpentAlready:
            return False
        return True

    async def _signed_in(self, visit: _Visit, user: User, at: Instant) -> Page:
        client = visit.asked.client
        if client.first_party:
            return await self._answer(visit, self._consent(visit, user, visit.asked.scopes, at))
        held = await self._people.permitted(user)
        scopes = sorted(held.intersection(visit.asked.scopes))
        return rendered(
            "consent.html",
            visit.text,
            title=visit.text["consent_title"],
            client=client.name,
            email=user.email,
            scopes=scopes,
            query=visit.query,
            ticket=self._tickets.new("consent", Ticket(user.id, at), _consented(visit, " ".join(scopes))),
            to=visit.asked.redirect_uri,
        )

    def _consent(self, visit: _Visit, user: User, scopes: tuple[str, ...], at: Instant) -> Consent:
        tools = self._attempts.acting(visit.request, OPERATION, user.id, client=visit.client)
        return Consent(user=user, scopes=scopes, proven_at=at, tools=tools)

    async def _answer(self, visit: _Visit, consent: Consent | None) -> Page:
        fields = query_fields(visit.query) or {}
        try:
            return self._elsewhere(await allowed(self._endpoint, fields, consent), visit.text)
        except CredentialOver:
            return self._password(visit, visit.text["over"])

    async def _user(self, id: UserId) -> User:
        async with self._tools.reading(self._tools.everything) as work:
            return await work.users.get(id)

    async def _failed(self, visit: _Visit, email: str, reason: str) -> None:
        await self._attempts.failed(
            visit.request, OPERATION, reason, email=email, tenant=visit.tenant, client=visit.client
        )

    def _elsewhere(self, outcome: Outcome, text: Text) -> Page:
        if isinstance(outcome, SentBack):
            # 303, so that what was typed is not sent along (RFC 9700, 4.12).
            return Response(
                "", status_code=303, media_type=MediaType.HTML, headers={"Location": outcome.location}
            )
        return self._fault(text, outcome.reason if isinstance(outcome, Faulty) else "")

    def _password(self, visit: _Visit, message: str = "") -> Page:
        text, client = visit.text, visit.asked.client.name
        return rendered(
            "password.html", text, message, title=text["title"], client=client, query=visit.query,
            to=visit.asked.redirect_uri,
        )  # fmt: skip

    def _code(self, visit: _Visit, ticket: Ticket, message: str = "") -> Page:
        return rendered(
            "code.html", visit.text, message, title=visit.text["code_title"], query=visit.query,
            ticket=self._tickets.new("code", ticket, visit.query), to=visit.asked.redirect_uri,
        )  # fmt: skip

    def _fault(self, text: Text, why: str) -> Page:
        return said(text, "error_title", text["error"], 400, words=why)


def _consented(visit: _Visit, scopes: str) -> str:
    """What was shown and no more is allowed: the scopes are sealed with the request."""
    return f"{scopes}\n{visit.query}"


def _both(path: str, name: str, show: Handle, take: Handle) -> list[HTTPRouteHandler]:
    """A form, and what becomes of it."""

    async def shown(request: Request[Any, Any, Any]) -> Page:
        return await show(request)

    async def taken(request: Request[Any, Any, Any]) -> Page:
        return await take(request)

    # Litestar reads annotations, not the strings that the future import makes of them.
    for handler in (shown, taken):
        handler.__annotations__ = {"request": Request[Any, Any, Any], "return": Response[str]}
    return [get(path, name=name)(shown), post(path, name=f"{name}_taken", status_code=200)(taken)]
