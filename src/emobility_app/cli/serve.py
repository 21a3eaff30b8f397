"""`emobility serve`: stations, API and pages in one process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.cli.loop import run, spare_the_collector, told_to_stop
from emobility_app.cli.operating import operating_options
from emobility_app.cli.options import (
    AddressType,
    DurationType,
    address_options,
    database_option,
    file_option,
    passphrase_option,
)
from emobility_app.compose import Server, running
from emobility_app.limits import Quota
from emobility_app.operating import Operating
from emobility_app.settings import Address, Settings, Tls, TlsIncomplete, UnknownStations
from emobility_app.store import require_ready
from emobility_core.ids import TenantId, parse_id
from emobility_core.reach import Reach
from emobility_core.webhooks import WebhookReach


@click.command()
@database_option
@address_options()
@click.option(
    "--ocpp-plain",
    type=AddressType(),
    default=None,
    envvar="EMOBILITY_OCPP_PLAIN",
    help="A second address for stations, without TLS, in a private network, until they are raised.",
)
@file_option("--tls-cert", "Certificate chain (PEM); HTTP and OCPP are then served encrypted.")
@file_option("--tls-key", "Private key of the certificate (PEM).")
@file_option("--second-tls-cert", "A further chain for stations, RSA beside ECDSA or the other way.")
@file_option("--second-tls-key", "Private key of the further chain (PEM).")
@passphrase_option
@click.option(
    "--behind-proxy",
    is_flag=True,
    envvar="EMOBILITY_BEHIND_PROXY",
    help="A proxy in front ends TLS: allow addresses that others can reach.",
)
@click.option(
    "--public-url",
    default=None,
    envvar="EMOBILITY_PUBLIC_URL",
    help="The base URL that clients use, also the issuer of tokens.",
)
@click.option(
    "--migrate/--no-migrate",
    default=True,
    show_default=True,
    envvar="EMOBILITY_MIGRATE",
    help="Bring the schema up to date first.",
)
@click.option(
    "--unknown-stations",
    type=click.Choice([one.value for one in UnknownStations]),
    default=UnknownStations.REFUSE.value,
    show_default=True,
    envvar="EMOBILITY_UNKNOWN_STATIONS",
    help="Refuse stations that nobody has registered, or let them in to be seen and adopted.",
)
@click.option(
    "--quarantine-tenant",
    default=None,
    metavar="ten_...",
    envvar="EMOBILITY_QUARANTINE_TENANT",
    help="Whose the quarantined stations are; by default the root tenant's.",
)
@click.option(
    "--keep-frames",
    type=DurationType(),
    default="90d",
    show_default=True,
    envvar="EMOBILITY_KEEP_FRAMES",
    help="How long the raw log of stations is kept; 0d keeps it for ever.",
)
@click.option(
    "--vendor-profiles",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    envvar="EMOBILITY_VENDOR_PROFILES",
    help="A folder of your own profiles of stations that do not say what they mean.",
)
@click.option(
    "--erp-templates",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    envvar="EMOBILITY_ERP_TEMPLATES",
    help="A folder of column maps: each makes a format of posting batches.",
)
@click.option(
    "--uploads",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    envvar="EMOBILITY_UPLOADS",
    help="Folder for the files that stations deliver (default: beside the SQLite file).",
)
@click.option(
    "--longest-upload",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    envvar="EMOBILITY_LONGEST_UPLOAD",
    help="So many megabytes a station may deliver in one file.",
)
@click.option(
    "--upload-within",
    type=DurationType(),
    default="1h",
    show_default=True,
    envvar="EMOBILITY_UPLOAD_WITHIN",
    help="How long the delivery of one file may take as a whole.",
)
@click.option(
    "--keep-uploads",
    type=DurationType(),
    default="90d",
    show_default=True,
    envvar="EMOBILITY_KEEP_UPLOADS",
    help="How long the files that stations deliver are kept; 0d keeps them for ever.",
)
@click.option(
    "--longest-import",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    envvar="EMOBILITY_LONGEST_IMPORT",
    help="So many megabytes a file that is imported may have, unpacked.",
)
@click.option(
    "--keep-transfers",
    type=DurationType(),
    default="7d",
    show_default=True,
    envvar="EMOBILITY_KEEP_TRANSFERS",
    help="How long reports of imports and files of exports are kept.",
)
@click.option(
    "--keep-deliveries",
    type=DurationType(),
    default="30d",
    show_default=True,
    envvar="EMOBILITY_KEEP_DELIVERIES",
    help="How long webhook deliveries that are over are kept.",
)
@click.option(
    "--webhooks-allow-private",
    is_flag=True,
    envvar="EMOBILITY_WEBHOOKS_ALLOW_PRIVATE",
    help="Let webhooks go to private addresses, which every tenant may then name.",
)
@click.option(
    "--webhooks-allow-http",
    is_flag=True,
    envvar="EMOBILITY_WEBHOOKS_ALLOW_HTTP",
    help="Let webhooks go over plain HTTP.",
)
@click.option(
    "--issuers-allow-private",
    is_flag=True,
    envvar="EMOBILITY_ISSUERS_ALLOW_PRIVATE",
    help="Let trusted issuers have private addresses, which every tenant may then name.",
)
@click.option(
    "--issuers-allow-http",
    is_flag=True,
    envvar="EMOBILITY_ISSUERS_ALLOW_HTTP",
    help="Let trusted issuers publish their keys over plain HTTP.",
)
@click.option(
    "--api-requests",
    type=click.IntRange(1),
    default=6000,
    show_default=True,
    envvar="EMOBILITY_API_REQUESTS",
    help="So many requests an API client may send at once.",
)
@click.option(
    "--api-window",
    type=DurationType(),
    default="1m",
    show_default=True,
    envvar="EMOBILITY_API_WINDOW",
    help="Within this time a client that has used all its requests has all of them again.",
)
@operating_options
@json_option
def serve(
    database: str,
    http: Address,
    ocpp: Address,
    ocpp_plain: Address | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    second_tls_cert: Path | None,
    second_tls_key: Path | None,
    ca_passphrase: str | None,
    behind_proxy: bool,
    public_url: str | None,
    migrate: bool,
    unknown_stations: str,
    quarantine_tenant: str | None,
    keep_frames: timedelta,
    uploads: Path | None,
    longest_upload: int,
    upload_within: timedelta,
    keep_uploads: timedelta,
    vendor_profiles: Path | None,
    erp_templates: Path | None,
    longest_import: int,
    keep_transfers: timedelta,
    keep_deliveries: timedelta,
    webhooks_allow_private: bool,
    webhooks_allow_http: bool,
    issuers_allow_private: bool,
    issuers_allow_http: bool,
    api_requests: int,
    api_window: timedelta,
    as_json: bool,
    **operating: Any,
) -> None:
    """Serve stations over OCPP and clients over HTTP until told to stop (SIGTERM, Ctrl-C).

    On a new machine this creates and migrates a SQLite file in the working directory.
    """
    with explained():
        settings = Settings(
            database=database,
            http=http,
            ocpp=ocpp,
            plain_ocpp=ocpp_plain,
            public_url=public_url,
            tls=_tls(tls_cert, tls_key),
            second_tls=_tls(second_tls_cert, second_tls_key),
            ca_passphrase=ca_passphrase,
            behind_proxy=behind_proxy,
            migrate=migrate,
            unknown_stations=UnknownStations(unknown_stations),
            quarantine_tenant=_tenant(quarantine_tenant),
            keep_frames=keep_frames or None,
            uploads=uploads,
            longest_upload=longest_upload * 1024 * 1024,
            upload_within=upload_within,
            keep_uploads=keep_uploads or None,
            vendor_profiles=vendor_profiles,
            erp_templates=erp_templates,
            longest_import=longest_import * 1024 * 1024,
            keep_transfers=keep_transfers,
            keep_deliveries=keep_deliveries,
            webhook_reach=WebhookReach(private=webhooks_allow_private, http=webhooks_allow_http),
            issuer_reach=Reach(private=issuers_allow_private, http=issuers_allow_http),
            operating=Operating(**operating),
            quota=Quota(requests=api_requests, window=api_window),
        )
        run(_serve(settings, Console(as_json)))


async def _serve(settings: Settings, console: Console) -> None:
    if not settings.migrate:
        await require_ready(settings.database)
    async with running(settings) as server:
        spare_the_collector()
        told = told_to_stop()
        console.result(ready(server), text=_told(server))
        await told.wait()
        console.say("Stopping: answering what is under way ...")


def ready(server: Server) -> dict[str, object]:
    """What scripts wait for."""
    told: dict[str, object] = {"event": "ready", "http_url": server.http_url, "ocpp_url": server.ocpp_url}
    return told if server.plain_ocpp_url is None else {**told, "plain_ocpp_url": server.plain_ocpp_url}


def _told(server: Server) -> str:
    doors = " and ".join(url for url in (server.ocpp_url, server.plain_ocpp_url) if url)
    return f"emobility is ready: {server.http_url} for HTTP, {doors} for stations; Ctrl-C stops it"


def _tenant(text: str | None) -> TenantId | None:
    return None if text is None else TenantId(parse_id("ten", text))


def _tls(certificate: Path | None, key: Path | None) -> Tls | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise TlsIncomplete()
    return Tls(certificate, key)
