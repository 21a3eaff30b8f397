"""Keys of issuers: asked for seldom, from where the issuer says, and remembered no longer than is safe."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from emobility_adapters.oidc import open_issuer_keys
from emobility_adapters.oidc.keys import BETWEEN, FRESH, SERVED_ON
from emobility_core.identity import IssuerUnreachable
from emobility_core.reach import Reach
from emobility_core.testing.clock import FrozenClock
from tests.adapters.webhooks.receiver import answer, receiving

from .provider import DISCOVERY, Jwk, ec_key, providing, rsa_key

HERE = Reach(private=True, http=True)
A_LITTLE = timedelta(seconds=1)


def _kids(found: Any) -> list[object]:
    return [key.get("kid") for key in found]


async def test_keys_are_found_by_discovery_and_asked_for_once() -> None:
    async with providing(ec_key("a"), ec_key("b")) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        for _ in range(3):
            (found,) = await keys.find(provider.issuer, "a")
        assert found["kid"] == "a"
        assert _kids(await keys.find(provider.issuer, None)) == ["a", "b"]
    assert [message.path for message in provider.receiver.messages] == [DISCOVERY, "/jwks"]


async def test_many_who_ask_at_once_are_one_question() -> None:
    async with providing(ec_key("a")) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        found = await asyncio.gather(*(keys.find(provider.issuer, "a") for _ in range(50)))
    assert [_kids(one) for one in found] == [["a"]] * 50
    assert provider.asked == 1


async def test_a_key_that_was_made_since_is_found() -> None:
    clock = FrozenClock()
    async with providing(ec_key("old")) as provider, open_issuer_keys(HERE, clock) as keys:
        await keys.find(provider.issuer, "old")
        provider.keys = [ec_key("new")]
        clock.advance(BETWEEN)
        assert _kids(await keys.find(provider.issuer, "new")) == ["new"]
        assert await keys.find(provider.issuer, "old") == ()


async def test_unknown_names_of_keys_are_asked_for_once_a_minute_however_many_there_are() -> None:
    clock = FrozenClock()
    async with providing(ec_key("a")) as provider, open_issuer_keys(HERE, clock) as keys:
        await keys.find(provider.issuer, "a")
        for number in range(100):
            assert await keys.find(provider.issuer, f"forged-{number}") == ()
        assert provider.asked == 1
        clock.advance(BETWEEN)
        await asyncio.gather(*(keys.find(provider.issuer, f"forged-{number}") for number in range(100)))
        assert provider.asked == 2


async def test_keys_that_are_not_fresh_are_asked_for_again_while_nobody_waits() -> None:
    clock = FrozenClock()
    async with providing(ec_key("old")) as provider, open_issuer_keys(HERE, clock) as keys:
        await keys.find(provider.issuer, "old")
        provider.keys = [ec_key("new")]
        clock.advance(FRESH - A_LITTLE)
        assert _kids(await keys.find(provider.issuer, "old")) == ["old"]
        assert provider.asked == 1
        clock.advance(A_LITTLE)
        assert _kids(await keys.find(provider.issuer, "old")) == ["old"]
        assert _kids(await keys.find(provider.issuer, "new")) == ["new"]
        assert provider.asked == 2
        assert await keys.find(provider.issuer, "old") == (), "a key that was withdrawn counts no more"


async def test_the_keys_of_a_silent_issuer_count_for_a_day_and_no_longer() -> None:
    clock = FrozenClock()
    async with providing(ec_key("a")) as provider, open_issuer_keys(HERE, clock) as keys:
        await keys.find(provider.issuer, "a")
        provider.down()
        clock.advance(SERVED_ON - A_LITTLE)
        assert _kids(await keys.find(provider.issuer, "a")) == ["a"]
        clock.advance(A_LITTLE + BETWEEN)
        with pytest.raises(IssuerUnreachable, match="answered 503"):
            await keys.find(provider.issuer, "a")
        provider.told.clear()
        clock.advance(BETWEEN)
        assert _kids(await keys.find(provider.issuer, "a")) == ["a"]


async def test_an_issuer_that_was_not_reached_is_not_asked_again_at_once() -> None:
    async with providing() as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        provider.down()
        for _ in range(20):
            with pytest.raises(IssuerUnreachable):
                await keys.find(provider.issuer, "a")
    assert len(provider.receiver.messages) == 1


async def test_an_issuer_that_never_answers_delays_nobody_else() -> None:
    async with providing() as dead, providing(ec_key("a")) as well:
        dead.told[DISCOVERY] = lambda: None
        async with open_issuer_keys(HERE, FrozenClock()) as keys:
            waiting = asyncio.create_task(keys.find(dead.issuer, "a"))
            await dead.receiver.heard()
            assert _kids(await keys.find(well.issuer, "a")) == ["a"]
            assert not waiting.done()
            waiting.cancel()


async def test_an_issuer_that_never_answers_is_left_in_the_end() -> None:
    async with providing() as dead, open_issuer_keys(HERE, FrozenClock(), within_s=0.05) as keys:
        dead.told[DISCOVERY] = lambda: None
        with pytest.raises(IssuerUnreachable, match="no answer within"):
            await keys.find(dead.issuer, "a")


async def test_who_leaves_takes_the_answer_from_nobody() -> None:
    async with providing(ec_key("a")) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        one, other = (asyncio.create_task(keys.find(provider.issuer, "a")) for _ in range(2))
        await provider.receiver.heard()
        one.cancel()
        assert _kids(await other) == ["a"]


async def test_another_issuer_is_not_believed_on_behalf_of_this_one() -> None:
    for other in ("https://elsewhere.example", "", None):
        async with providing(ec_key("a")) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
            provider.metadata = {"issuer": other}
            with pytest.raises(IssuerUnreachable, match="another issuer"):
                await keys.find(provider.issuer, "a")
            with pytest.raises(IssuerUnreachable, match="another issuer"):
                await keys.find(f"{provider.issuer}/", "a")


@pytest.mark.parametrize(
    "where", [None, 7, "http://169.254.169.254/latest", "file:///etc/passwd", "http://user@127.0.0.1/", "x"]
)
async def test_keys_are_fetched_from_no_place_that_nothing_may_go_to(where: object) -> None:
    async with providing(ec_key("a")) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        provider.metadata = {"jwks_uri": where}
        with pytest.raises(IssuerUnreachable):
            await keys.find(provider.issuer, "a")
    assert provider.asked == 0


async def test_an_address_inside_is_for_those_whom_the_operator_lets() -> None:
    async with providing(ec_key("a")) as provider:
        async with open_issuer_keys(Reach(http=True), FrozenClock()) as keys:
            with pytest.raises(IssuerUnreachable, match="private"):
                await keys.find(provider.issuer, "a")
        async with open_issuer_keys(Reach(private=True), FrozenClock()) as keys:
            with pytest.raises(IssuerUnreachable, match="not https"):
                await keys.find(provider.issuer, "a")
    assert provider.receiver.calls == 0


BAD: dict[str, Callable[[], bytes]] = {
    "no JSON": lambda: answer(200, body=b"<html>"),
    "a list": lambda: answer(200, body=b"[]"),
    "deep": lambda: answer(200, body=b"[" * 100_000),
    "an error": lambda: answer(500, body=b"{}"),
    "too long": lambda: answer(200, body=b'{"keys": [], "x": "' + b"x" * 300_000 + b'"}'),
    "no HTTP": lambda: b"hello\r\n\r\n",
    "packed": lambda: answer(200, "Content-Encoding: gzip", body=b"\x1f\x8b\x08\x00"),
}


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks"])
@pytest.mark.parametrize("told", BAD.values(), ids=BAD)
async def test_what_is_no_document_is_told_as_such(path: str, told: Callable[[], bytes]) -> None:
    async with providing(ec_key("a")) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        provider.told[path] = told
        with pytest.raises(IssuerUnreachable):
            await keys.find(provider.issuer, "a")


@pytest.mark.parametrize("path", [DISCOVERY, "/jwks"])
async def test_no_redirect_is_followed(path: str) -> None:
    async with receiving() as inside, providing(ec_key("a")) as provider:
        provider.told[path] = lambda: answer(302, f"Location: {inside.url}")
        async with open_issuer_keys(HERE, FrozenClock()) as keys:
            with pytest.raises(IssuerUnreachable, match="answered 302"):
                await keys.find(provider.issuer, "a")
    assert inside.calls == 0


async def test_a_key_set_of_endless_keys_is_refused() -> None:
    key = ec_key("a")
    async with providing(*[key] * 51) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        with pytest.raises(IssuerUnreachable, match="at most 50 keys"):
            await keys.find(provider.issuer, "a")


async def test_only_public_keys_that_sign_and_are_strong_enough_count() -> None:
    good, private = rsa_key("good"), {**ec_key("private"), "d": "c2VjcmV0"}
    bad: list[Any] = [
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        {**ec_key("encrypts"), "use": "enc"},
        {"kty": "RSA", "kid": "weak", "n": "gA" + "AA" * 84, "e": "AQAB"},
        {"kty": "RSA", "kid": "empty", "n": "%", "e": "AQAB"},
        {"kty": "EC", "kid": "half", "crv": "P-256"},
        {"kid": "no kind"},
        "text",
        None,
    ]
    published: list[Jwk] = [good, *bad, private]
    async with providing(*published) as provider, open_issuer_keys(HERE, FrozenClock()) as keys:
        found = await keys.find(provider.issuer, None)
    assert _kids(found) == ["good", "private"]
    assert all("d" not in key for key in found)
