"""The handlers of `/oauth/authorize`: people sign in by forms that need neither script nor cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from emobility_app.auth import TokenEndpoint
from emobility_app.auth.asking import Asked, Faulty, Outcome, SentBack, allowed, asked
from emobility_app.forms import form_fields, query_fields
from emobility_app.pages.sign_in.passwords import PasswordPages
from emobility_app.pages.sign_in.rendering import ASSETS, Page, Text, rendered, said, text_of
from emobility_app.pages.sign_in.second_factor import SecondFactorPages
from emobility_app.pages.sign_in.tickets import LASTS, Tickets
from emobility_app.visitors import Visitors
from emobility_core.identity import SpentAlready, User, check_password, check_second_factor
from emobility_core.ids import UserId
from emobility_core.instants import Instant

Handle = Callable[[Request[Any, Any, Any]], Awaitable[Page]]


@attrs.frozen
class _Visit:
    """One request of a browser: what it asks for, in which words it is answered."""

    query: str
    asked: Asked
    text: Text


class SignInPages:
    """People signing in at clients, and setting their passwords."""

    def __init__(self, endpoint: TokenEndpoint, visitors: Visitors) -> None:
        self._endpoint = endpoint
        self._visitors = visitors
        self._issuing = endpoint.issuing
        self._people = endpoint.issuing.people
        self._tools = self._people.tools
        self._tickets = Tickets(self._tools.digest, self._tools.clock)

    def routes(self) -> list[HTTPRouteHandler]:
        passwords = PasswordPages(self._people, self._visitors)
        issuer = self._issuing.tokens.issuer
        factors = SecondFactorPages(self._people, self._visitors, self._tickets, issuer)
        return [
            *_both("/oauth/authorize", "oauth_authorize", self._authorize, self._step),
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
        return _Visit(query, outcome, text) if isinstance(outcome, Asked) else self._elsewhere(outcome, text)

    async def _after_password(self, visit: _Visit, fields: Text) -> Page:
        email, password = fields.get("email", ""), fields.get("password", "")
        user = await check_password(email, password, tools=self._tools)
        if user is None:
            return self._password(visit, visit.text["wrong"])
        async with self._tools.transactions(self._tools.everything) as work:
            credentials = await work.credentials.get(user.id)
        if credentials.totp_confirmed:
            return self._code(visit, user.id)
        return await self._signed_in(visit, user)

    async def _after_code(self, visit: _Visit, fields: Text) -> Page:
        id = self._tickets.read("code", visit.query, fields.get("ticket", ""))
        if id is None:
            return self._password(visit, visit.text["over"])
        if not await check_second_factor(id, fields.get("code", ""), tools=self._tools):
            return self._code(visit, id, visit.text["code_wrong"])
        return await self._signed_in(visit, await self._user(id))

    async def _after_consent(self, visit: _Visit, fields: Text) -> Page:
        ticket = fields.get("ticket", "")
        id = self._tickets.read("consent", visit.query, ticket)
        if id is None:
            return self._password(visit, visit.text["over"])
        user = await self._user(id)
        mark = self._tools.digest(f"ticket {ticket}".encode())
        try:
            async with self._tools.transactions(self._tools.everything) as work:
                until = Instant(self._tools.clock.now() + 2 * LASTS)
                await work.spent.spend(mark, tenant=user.tenant, until=until)
        except SpentAlready:
            return self._password(visit, visit.text["over"])
        return await self._answer(visit, user if fields.get("decision") == "allow" else None)

    async def _signed_in(self, visit: _Visit, user: User) -> Page:
        client = visit.asked.client
        path_of = self._issuing.path_of
        if not (await path_of(user.tenant)).startswith(await path_of(client.tenant)):
            return said(visit.text, "error_title", visit.text["not_yours"].format(client=client.name), 403)
        if client.first_party:
            return await self._answer(visit, user)
        held = await self._people.permitted(user)
        return rendered(
            "consent.html",
            visit.text,
            title=visit.text["consent_title"],
            client=client.name,
            email=user.email,
            scopes=sorted(held.intersection(visit.asked.scopes)),
            query=visit.query,
            ticket=self._tickets.new("consent", user.id, visit.query),
            to=visit.asked.redirect_uri,
        )

    async def _answer(self, visit: _Visit, user: User | None) -> Page:
        fields = query_fields(visit.query) or {}
        return self._elsewhere(await allowed(self._endpoint, fields, user), visit.text)

    async def _user(self, id: UserId) -> User:
        async with self._tools.transactions(self._tools.everything) as work:
            return await work.users.get(id)

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

    def _code(self, visit: _Visit, user: UserId, message: str = "") -> Page:
        ticket = self._tickets.new("code", user, visit.query)
        return rendered(
            "code.html", visit.text, message, title=visit.text["code_title"], query=visit.query,
            ticket=ticket, to=visit.asked.redirect_uri,
        )  # fmt: skip

    def _fault(self, text: Text, why: str) -> Page:
        return said(text, "error_title", text["error"], 400, words=why)


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
