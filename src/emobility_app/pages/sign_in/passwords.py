"""The handlers of `/sign-in/password`: a link that sets a password, once."""

from __future__ import annotations

from typing import Any

import attrs
from litestar import Request

from emobility_app.auth.people import LINK, People
from emobility_app.forms import form_fields
from emobility_app.pages.sign_in.attempts import Attempts
from emobility_app.pages.sign_in.common import COMMON
from emobility_app.pages.sign_in.rendering import Page, rendered, said, text_of
from emobility_app.pages.sign_in.texts import reason
from emobility_app.visitors import Visitors
from emobility_core.identity import PasswordLinkRefused, PasswordRefused, set_password
from emobility_core.ids import UserId


@attrs.frozen
class PasswordPages:
    """Shows the form and takes it."""

    people: People
    visitors: Visitors
    attempts: Attempts

    async def show(self, request: Request[Any, Any, Any]) -> Page:
        return self._form(request, request.query_params.get("link", ""))

    async def take(self, request: Request[Any, Any, Any]) -> Page:
        self.visitors.count(request)
        self.visitors.count_password(request)
        fields = form_fields(request.headers.get("content-type", ""), await request.body()) or {}
        text, link, password = text_of(request, {}), fields.get("link", ""), fields.get("password", "")
        id, handles = self.people.handles.read(LINK, "usr", link), self.people.handles
        if id is None:
            return said(text, "error_title", text["link_refused"], 403)
        if password != fields.get("repeat"):
            return self._form(request, link, text["differs"])
        try:
            tools = self.attempts.acting(request, "sign_in_password", UserId(id))
            await set_password(UserId(id), handles.stored(link), password, common=COMMON, tools=tools)
        except PasswordRefused as error:
            return self._form(request, link, text["refused"].format(reason=reason(error.reason, text)))
        except PasswordLinkRefused:
            return said(text, "error_title", text["link_refused"], 403)
        return said(text, "done_title", "", 200, words=text["done"])

    def _form(self, request: Request[Any, Any, Any], link: str, message: str = "") -> Page:
        text = text_of(request, {})
        if self.people.handles.read(LINK, "usr", link) is None:
            return said(text, "error_title", text["link_refused"], 403)
        return rendered("set_password.html", text, message, title=text["set_title"], link=link)
