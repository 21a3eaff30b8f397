"""The handlers of `/sign-in/second-factor`: a person sets up an app that shows codes."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import urlsplit

import attrs
from litestar import Request

from emobility_app.auth.people import People
from emobility_app.forms import form_fields
from emobility_app.pages.sign_in.attempts import Attempts
from emobility_app.pages.sign_in.rendering import Page, Text, rendered, said, text_of
from emobility_app.pages.sign_in.tickets import Ticket, Tickets
from emobility_app.visitors import Visitors
from emobility_core.identity import (
    TOTP_SECRET_BYTES,
    CredentialOver,
    NoSecondFactor,
    SecondFactorInUse,
    SecondFactorRefused,
    User,
    begin_second_factor,
    check_password,
    confirm_second_factor,
    enrolment_uri,
)
from emobility_core.ids import MalformedId, TenantId, UserId, parse_id
from emobility_core.tenancy import UnknownTenant

OPERATION = "sign_in_second_factor"
_STEP = "second factor"
_RECOVERY_CODES = 10


@attrs.frozen
class SecondFactorPages:
    """Asks for the password, shows a secret, and keeps it once a code shows that the app has it."""

    people: People
    visitors: Visitors
    tickets: Tickets
    attempts: Attempts
    public_url: str

    async def show(self, request: Request[Any, Any, Any]) -> Page:
        return self._password(text_of(request, {}), request.query_params.get("tenant", ""))

    async def take(self, request: Request[Any, Any, Any]) -> Page:
        self.visitors.count(request)
        self.visitors.count_password(request)
        fields = form_fields(request.headers.get("content-type", ""), await request.body()) or {}
        text = text_of(request, {})
        return await (self._confirm if "ticket" in fields else self._begin)(request, fields, text)

    async def _begin(self, request: Request[Any, Any, Any], fields: Text, text: Text) -> Page:
        email, named, at = fields.get("email", ""), fields.get("tenant", ""), self.people.tools.clock.now()
        try:
            tenant = TenantId(parse_id("ten", named)) if named else await self.people.root()
            await self.people.path_of(tenant)
        except (MalformedId, UnknownTenant):
            return said(text, "error_title", text["error"], 400)
        user = await check_password(email, fields.get("password", ""), tenant=tenant, tools=self.people.tools)
        if user is None:
            await self.attempts.failed(request, OPERATION, "wrong password", email=email, tenant=tenant)
            return self._password(text, named, text["wrong"])
        secret = secrets.token_bytes(TOTP_SECRET_BYTES)
        try:
            await begin_second_factor(
                user.id, secret, tools=self.attempts.acting(request, OPERATION, user.id)
            )
        except SecondFactorInUse:
            return said(text, "error_title", text["factor_in_use"], 409)
        return self._code(user, Ticket(user.id, at), base64.b32encode(secret).decode(), text)

    async def _confirm(self, request: Request[Any, Any, Any], fields: Text, text: Text) -> Page:
        ticket = self.tickets.read(_STEP, "", fields["ticket"])
        if ticket is None:
            return self._password(text, "", text["over"])
        codes, user, at = recovery_codes(), await self._user(ticket.user), ticket.at
        tools = self.attempts.acting(request, OPERATION, user.id)
        try:
            await confirm_second_factor(user.id, fields.get("code", ""), codes, proven_at=at, tools=tools)
        except SecondFactorRefused:
            return self._code(user, ticket, fields.get("secret", ""), text, text["code_wrong"])
        except (CredentialOver, NoSecondFactor):
            return self._password(text, "", text["over"])
        return rendered("factor_done.html", text, title=text["done_title"], codes=codes)

    async def _user(self, id: UserId) -> User:
        async with self.people.tools.reading(self.people.tools.everything) as work:
            return await work.users.get(id)

    def _password(self, text: Text, tenant: str, message: str = "") -> Page:
        return rendered("factor_password.html", text, message, title=text["factor_title"], tenant=tenant)

    def _code(self, user: User, ticket: Ticket, secret: str, text: Text, message: str = "") -> Page:
        issuer = urlsplit(self.public_url).hostname or "emobility"
        return rendered(
            "factor_code.html",
            text,
            message,
            title=text["factor_title"],
            secret=secret,
            uri=enrolment_uri(secret, account=user.email, issuer=issuer),
            ticket=self.tickets.new(_STEP, ticket, ""),
        )


def recovery_codes() -> list[str]:
    """New ones, each of which takes the place of the app once."""
    return [_recovery_code() for _ in range(_RECOVERY_CODES)]


def _recovery_code() -> str:
    """Fifty bits, in groups that people can type."""
    text = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]
    return f"{text[:5]}-{text[5:]}"
