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
from emobility_app.pages.sign_in.rendering import Page, Text, rendered, said, text_of
from emobility_app.pages.sign_in.tickets import Tickets
from emobility_app.visitors import Visitors
from emobility_core.identity import (
    TOTP_SECRET_BYTES,
    NoSecondFactor,
    SecondFactorInUse,
    SecondFactorRefused,
    User,
    begin_second_factor,
    check_password,
    confirm_second_factor,
    enrolment_uri,
)
from emobility_core.ids import UserId

_STEP = "second factor"
_RECOVERY_CODES = 10


@attrs.frozen
class SecondFactorPages:
    """Asks for the password, shows a secret, and keeps it once a code shows that the app has it."""

    people: People
    visitors: Visitors
    tickets: Tickets
    public_url: str

    async def show(self, request: Request[Any, Any, Any]) -> Page:
        return self._password(text_of(request, {}))

    async def take(self, request: Request[Any, Any, Any]) -> Page:
        self.visitors.count(request)
        self.visitors.count_password(request)
        fields = form_fields(request.headers.get("content-type", ""), await request.body()) or {}
        text = text_of(request, {})
        return await (self._confirm if "ticket" in fields else self._begin)(fields, text)

    async def _begin(self, fields: Text, text: Text) -> Page:
        tools = self.people.tools
        user = await check_password(fields.get("email", ""), fields.get("password", ""), tools=tools)
        if user is None:
            return self._password(text, text["wrong"])
        secret = secrets.token_bytes(TOTP_SECRET_BYTES)
        try:
            await begin_second_factor(user.id, secret, tools=tools)
        except SecondFactorInUse:
            return said(text, "error_title", text["factor_in_use"], 409)
        return self._code(user, base64.b32encode(secret).decode(), text)

    async def _confirm(self, fields: Text, text: Text) -> Page:
        id = self.tickets.read(_STEP, "", fields["ticket"])
        if id is None:
            return self._password(text, text["over"])
        codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
        try:
            await confirm_second_factor(id, fields.get("code", ""), codes, tools=self.people.tools)
        except SecondFactorRefused:
            return self._code(await self._user(id), fields.get("secret", ""), text, text["code_wrong"])
        except NoSecondFactor:
            return self._password(text, text["over"])
        return rendered("factor_done.html", text, title=text["done_title"], codes=codes)

    async def _user(self, id: UserId) -> User:
        async with self.people.tools.transactions(self.people.tools.everything) as work:
            return await work.users.get(id)

    def _password(self, text: Text, message: str = "") -> Page:
        return rendered("factor_password.html", text, message, title=text["factor_title"])

    def _code(self, user: User, secret: str, text: Text, message: str = "") -> Page:
        issuer = urlsplit(self.public_url).hostname or "emobility"
        return rendered(
            "factor_code.html",
            text,
            message,
            title=text["factor_title"],
            secret=secret,
            uri=enrolment_uri(secret, account=user.email, issuer=issuer),
            ticket=self.tickets.new(_STEP, user.id, ""),
        )


def _recovery_code() -> str:
    """Fifty bits, in groups that people can type."""
    text = base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]
    return f"{text[:5]}-{text[5:]}"
