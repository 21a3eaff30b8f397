"""`emobility keys`: the keys that sign access tokens, rotated, listed and retired."""

from __future__ import annotations

from datetime import timedelta

import click

from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import DurationType, database_option
from emobility_app.signing_keys import key_ring, retire_key, rotate_keys
from emobility_app.store import EVERYTHING, opened
from emobility_app.wire import instant_text
from emobility_core.identity import KeyRing, SigningKey
from emobility_core.instants import Instant


@click.group()
def keys() -> None:
    """Keys that sign access tokens."""


@keys.command("list")
@database_option
@json_option
def list_(database: str, as_json: bool) -> None:
    """List the keys: next, signing, or kept until the tokens that they signed are over."""
    with explained():
        _tell(*run(_list(database)), as_json)


@keys.command()
@click.option(
    "--publish-for",
    type=DurationType(),
    default="1h",
    show_default=True,
    help="How long the new key is published before it signs, for those who keep keys in memory.",
)
@click.option("--at-once", is_flag=True, help="Let the new key sign at once.")
@database_option
@json_option
def rotate(publish_for: timedelta, at_once: bool, database: str, as_json: bool) -> None:
    """Publish a new key, which signs later; the present one counts until its tokens are over."""
    with explained():
        _tell(*run(_rotate(database, timedelta(0) if at_once else publish_for)), as_json)


@keys.command()
@click.argument("kid")
@database_option
@json_option
def retire(kid: str, database: str, as_json: bool) -> None:
    """Have a key count no more, nor the tokens that it signed."""
    with explained():
        _tell(*run(_retire(database, kid)), as_json)


async def _list(database: str) -> tuple[KeyRing, Instant]:
    async with opened(database) as store:
        return await key_ring(everything=EVERYTHING, store=store), store.clock.now()


async def _rotate(database: str, publish_for: timedelta) -> tuple[KeyRing, Instant]:
    async with opened(database) as store:
        ring = await rotate_keys(publish_for=publish_for, everything=EVERYTHING, store=store)
        return ring, store.clock.now()


async def _retire(database: str, kid: str) -> tuple[KeyRing, Instant]:
    async with opened(database) as store:
        return await retire_key(kid, everything=EVERYTHING, store=store), store.clock.now()


def _tell(ring: KeyRing, at: Instant, as_json: bool) -> None:
    found = [_facts(key, ring, at) for key in ring.published(at)]
    lines = [f"{one['kid']}  {one['state']}" for one in found]
    Console(as_json).result({"keys": found}, text="\n".join(lines))


def _facts(key: SigningKey, ring: KeyRing, at: Instant) -> dict[str, object]:
    states = {ring.signing(at): "signing", ring.waiting(at): "next"}
    return {
        "kid": key.kid,
        "state": states.get(key, "kept"),
        "signs_from": instant_text(key.signs_from),
        "ends_at": None if key.ends_at is None else instant_text(key.ends_at),
    }
