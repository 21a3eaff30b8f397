"""By what people act on the sign-in pages, for the audit log, and what they failed to prove."""

from __future__ import annotations

from typing import Any

import attrs
from litestar import Request

from emobility_app.auditing import network_of
from emobility_app.auth.people import PathOf
from emobility_app.denials import Denials
from emobility_app.request_ids import request_id
from emobility_app.visitors import Visitors
from emobility_core.identity import IdentityTools, sign_in_mark
from emobility_core.ids import TenantId, UserId, shown
from emobility_core.work import Deed, Page, Scope

_SHORT = 12


@attrs.frozen(kw_only=True)
class Attempts:
    """Writes them down; `operation` is the page, `client` whom somebody signs in at."""

    tools: IdentityTools
    visitors: Visitors
    denials: Denials
    path_of: PathOf

    def acting(
        self, request: Request[Any, Any, Any], operation: str, user: UserId, *, client: str | None = None
    ) -> IdentityTools:
        """The tools, for what a user does."""
        deed = self._deed(request, operation, client)
        everything = attrs.evolve(self.tools.everything, actor=f"user:{shown('usr', user)}", deed=deed)
        return attrs.evolve(self.tools, everything=everything)

    async def failed(
        self,
        request: Request[Any, Any, Any],
        operation: str,
        reason: str,
        *,
        email: str,
        tenant: TenantId,
        client: str | None = None,
    ) -> None:
        """Whoever it was is named by a pseudonym of what they typed, and as much is written down whether or
        not anybody is called so: how long it takes tells nobody anything."""
        named = await self._named(email, tenant)
        deed = attrs.evolve(self._deed(request, operation, client), named=(named,))
        actor = f"stranger:{sign_in_mark(email, self.tools)[:_SHORT]}"
        await self.denials.note(Scope(tenant, await self.path_of(tenant), actor, deed=deed), reason)

    async def _named(self, email: str, tenant: TenantId) -> str:
        """The user of that name; where there is none the tenant alone."""
        named = Page(
            limit=1, filters={"email": [email.strip().lower()], "tenant": [tenant]}, descendants=True
        )
        async with self.tools.reading(self.tools.everything) as work:
            found = await work.users.page(named)
        return shown("usr", found[0].id) if found else shown("ten", tenant)

    def _deed(self, request: Request[Any, Any, Any], operation: str, client: str | None) -> Deed:
        return Deed(
            operation=operation,
            client=client,
            request=request_id(request.scope),
            address=network_of(self.visitors.address(request)),
        )
