"""Templates and headers of the sign-in pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Request, Response

from emobility_app.pages.assets import Assets
from emobility_app.pages.sign_in.texts import texts_for

Page = Response[str]
Text = Mapping[str, str]
_templates = Environment(
    loader=PackageLoader("emobility_app.pages.sign_in"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'{further}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ASSETS = Assets("emobility_app.pages.sign_in", "/assets/sign-in")


def text_of(request: Request[Any, Any, Any], fields: Text) -> Text:
    """In which language a request is answered."""
    return texts_for(f"{fields.get('ui_locales', '')} {request.headers.get('accept-language', '')}")


def rendered(
    name: str, text: Text, message: str = "", *, title: str, status: int = 200, to: str = "", **facts: Any
) -> Page:
    """A page; `to` is the URI to which its form may lead in the end."""
    page = _templates.get_template(name).render(
        text=text, title=title, message=message, stylesheet=ASSETS.url("sign-in.css"), **facts
    )
    headers = {"Content-Security-Policy": _POLICY.format(further=_origin(to)), "Vary": "Accept-Language"}
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)


def said(text: Text, title: str, message: str, status: int, *, words: str = "") -> Page:
    """A page that says something and asks nothing."""
    return rendered("said.html", text, message, title=text[title], words=words, status=status)


def _origin(uri: str) -> str:
    """Browsers hold redirects after a form against `form-action` too."""
    if not uri:
        return ""
    parts = urlsplit(uri)
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else f" {parts.scheme}:"
