"""The side that people and programs call: the API, the live page, and the door for uploads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import attrs
from litestar import Litestar

from emobility_adapters.files import FolderFiles
from emobility_adapters.ocpp.v16.replay import replaying
from emobility_adapters.sql.overview import SqlOverviews
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.auth import AccessTokens, ExternalTokens, Issuing, StoredTrusts, TokenEndpoint
from emobility_app.auth.handles import Handles
from emobility_app.auth.people import People
from emobility_app.clocks import Simulator, Timekeeper
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.compose.posting_formats import export_formats
from emobility_app.compose.stations import Stations
from emobility_app.compose.webhooks import sealing
from emobility_app.denials import Denials
from emobility_app.http.admission import held_at_home
from emobility_app.http.app import build_app
from emobility_app.http.services import Services
from emobility_app.limits import RateLimits
from emobility_app.pages.live import LivePage, plain_page
from emobility_app.relay import FollowedFeed, Tail
from emobility_app.signing_keys import root_of
from emobility_app.transfers import Transfers
from emobility_app.uploads import Uploads, UploadTickets, upload_routes
from emobility_app.users import permitted
from emobility_app.visitors import Visitors
from emobility_core.errors import NotFound
from emobility_core.identity import ApiClient, IssuerKeys, User
from emobility_core.ids import ClientId, TenantId
from emobility_core.instants import Instant


@attrs.frozen
class Web:
    """The application and the two kinds of streams that it carries."""

    app: Litestar
    page: LivePage
    feed: FollowedFeed

    def close(self) -> None:
        """End the streams, so that nobody waits for them."""
        self.feed.close()
        self.page.close()


async def web(
    ground: Ground,
    stations: Stations,
    tail: Tail,
    uploads: Uploads,
    issuer_keys: IssuerKeys,
    transfers: Transfers,
    keeper: Timekeeper,
    simulator: Simulator,
    *,
    public_url: str,
) -> Web:
    tokens = AccessTokens(ground.keys, issuer=public_url, clock=ground.clock, ids=ground.ids)
    feed = FollowedFeed(ground.feed, tail)
    trusts = StoredTrusts(
        reading=ground.transactions.reading, everything=EVERYTHING, rights=ground.hot.access
    )
    services = Services(
        transactions=ground.transactions,
        reading=ground.transactions.reading,
        feed=feed,
        exports=export_formats(ground.settings.erp_templates).get,
        tools=stations.tools,
        replaying=replaying,
        clock=ground.clock,
        ids=ground.ids,
        digest=ground.digest,
        certifier=stations.security.certifier,
        path_of=ground.hot.directories.tree.path,
        is_closed=ground.hot.directories.tree.is_closed,
        tokens=tokens,
        principals=ground.hot.principals,
        rights=ground.hot.access,
        limits=RateLimits(ground.settings.quota, ground.clock),
        public_url=public_url,
        files=uploads.files,
        past_events=ground.feed,
        webhook_reach=ground.settings.webhook_reach,
        issuer_reach=ground.settings.issuer_reach,
        trusts=trusts,
        external=ExternalTokens(trusts, issuer_keys, ground.clock, ground.hot.principals),
        webhook_secrets=sealing(ground),
        visitors=Visitors(ground.clock, behind_proxy=ground.settings.behind_proxy),
        auditor=ground.auditor,
        denials=Denials(ground.transactions, ground.auditor),
        transfers=transfers,
        clocks=ground.clocks,
        apart=ground.times.apart,
        set_out=keeper.wake,
        is_test_time=ground.times.is_test_time,
        simulate=simulator.begin,
    )
    page = LivePage(SqlOverviews(ground.database), scope=EVERYTHING, clock=ground.clock)
    routes = page.routes() if ground.settings.shows_live_page else plain_page()
    token_endpoint = TokenEndpoint(_issuing(ground, services))
    return Web(build_app(services, token_endpoint, [*routes, *upload_routes(uploads)]), page, feed)


async def uploads_of(ground: Ground) -> Uploads:
    """Where stations deliver files; what an earlier server left half written is swept away."""
    files = FolderFiles(ground.settings.upload_folder)
    await asyncio.to_thread(files.sweep, ground.clock.now())
    return Uploads(
        tickets=UploadTickets(digest=ground.digest, clock=ground.clock),
        files=files,
        transactions=ground.transactions,
        everything=EVERYTHING,
        path_of=ground.hot.directories.tree.path,
        clock=ground.clock,
        clocks=ground.clocks,
        ids=ground.ids,
        longest=ground.settings.longest_upload,
        within=ground.settings.upload_within,
    )


def _issuing(ground: Ground, services: Services) -> Issuing:
    async def spend(client: ApiClient, mark: str, until: Instant) -> None:
        async with ground.transactions(EVERYTHING) as work:
            await work.spent.spend(mark, tenant=client.tenant, until=until)

    async def permitted_to(user: User) -> frozenset[str]:
        return await permitted(user, services.rights)

    async def held(client: ApiClient) -> frozenset[str]:
        return await held_at_home(client, services)

    async def root() -> TenantId:
        async with ground.transactions.reading(EVERYTHING) as work:
            return await root_of(work)

    return Issuing(
        find=_finding(ground.transactions),
        read=services.access.caller,
        path_of=services.path_of,
        held=held,
        spend=spend,
        tokens=services.tokens,
        people=People(
            tools=ground.identity,
            handles=Handles(ground.digest),
            permitted=permitted_to,
            path_of=services.path_of,
            root=root,
        ),
        digest=ground.digest,
        clock=ground.clock,
    )


def _finding(transactions: SqlTransactions) -> Callable[[ClientId], Awaitable[ApiClient | None]]:
    async def find(id: ClientId) -> ApiClient | None:
        try:
            async with transactions.reading(EVERYTHING) as work:
                client: ApiClient = await work.api_clients.get(id)
                return client
        except NotFound:
            return None

    return find
