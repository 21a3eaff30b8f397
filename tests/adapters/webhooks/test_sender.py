"""Messages go to the checked address and to no other, whatever names and receivers do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from emobility_adapters.webhooks import open_sender
from emobility_core.webhooks import ReceiverUnreachable, WebhookReach

from .receiver import Receiver, answer, receiving

HERE = WebhookReach(private=True, http=True)
BODY, HEADERS = b'{"type":"session.ended"}', {"webhook-id": "evt_1"}


@attrs.define
class Names:
    """A name server that gives these answers one after the other, the last one from then on."""

    answers: list[Sequence[str]]
    asked: list[str] = attrs.field(factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _named(receiver: Receiver, host: str = "erp.example") -> str:
    return receiver.url.replace("127.0.0.1", host)


async def test_a_message_arrives_as_it_was_made() -> None:
    async with receiving() as receiver, open_sender(HERE) as sender:
        told = await sender.send(receiver.url, BODY, HEADERS)
    (message,) = receiver.messages
    assert told.status == 204
    assert (message.path, message.body, message.id) == ("/hook", BODY, "evt_1")
    assert message.headers["content-type"] == "application/json"


async def test_the_name_stays_on_the_message_and_the_address_is_the_checked_one() -> None:
    names = Names([["127.0.0.1"]])
    async with receiving() as receiver, open_sender(HERE, resolve=names.resolve) as sender:
        await sender.send(_named(receiver), BODY, HEADERS)
    (message,) = receiver.messages
    assert message.headers["host"] == urlsplit(_named(receiver)).netloc
    assert names.asked == ["erp.example"]


async def test_a_name_that_moves_to_another_address_is_asked_once_and_judged_each_time() -> None:
    names = Names([["127.0.0.1"], ["169.254.169.254"]])
    async with receiving() as receiver, open_sender(HERE, resolve=names.resolve) as sender:
        await sender.send(_named(receiver), BODY, HEADERS)
        assert names.asked == ["erp.example"]
        with pytest.raises(ReceiverUnreachable, match="special purposes"):
            await sender.send(_named(receiver), BODY, HEADERS)
    assert receiver.calls == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "::ffff:127.0.0.1", "100.64.3.4"])
async def test_a_name_inside_is_refused_without_a_connection(address: str) -> None:
    names, reach = Names([[address]]), WebhookReach(http=True)
    async with receiving() as receiver, open_sender(reach, resolve=names.resolve) as sender:
        with pytest.raises(ReceiverUnreachable, match="private"):
            await sender.send(_named(receiver), BODY, HEADERS)
    assert receiver.calls == 0


async def test_one_bad_address_among_good_ones_is_enough_to_refuse() -> None:
    names = Names([["127.0.0.1", "169.254.169.254"]])
    async with receiving() as receiver, open_sender(HERE, resolve=names.resolve) as sender:
        with pytest.raises(ReceiverUnreachable):
            await sender.send(_named(receiver), BODY, HEADERS)
    assert receiver.calls == 0


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::ffff:7f00:1]"]
)
async def test_an_address_in_disguise_is_seen_through(host: str) -> None:
    async with receiving() as receiver, open_sender(WebhookReach(http=True)) as sender:
        with pytest.raises(ReceiverUnreachable):
            await sender.send(_named(receiver, host), BODY, HEADERS)
    assert receiver.calls == 0


async def test_the_next_address_is_tried_where_nobody_listens_at_the_first() -> None:
    names = Names([["127.0.0.2", "127.0.0.1"]])
    async with receiving() as receiver, open_sender(HERE, resolve=names.resolve) as sender:
        assert (await sender.send(_named(receiver), BODY, HEADERS)).status == 204


async def test_no_redirect_is_followed_and_no_cookie_kept() -> None:
    async with receiving() as inside, open_sender(HERE) as sender:
        moved = answer(302, f"Location: {inside.url}", "Set-Cookie: a=b; Path=/")
        async with receiving(lambda _: moved) as receiver:
            for _ in range(2):
                assert (await sender.send(receiver.url, BODY, HEADERS)).status == 302
    assert inside.calls == 0
    assert "cookie" not in receiver.messages[1].headers
    assert receiver.calls == 2, "no connection is used twice"


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with open_sender(HERE) as sender:
            await sender.send(receiver.url, BODY, HEADERS)
    assert (proxy.calls, receiver.calls) == (0, 1)


async def test_a_receiver_that_never_answers_is_left_in_the_end() -> None:
    async with receiving(lambda _: None) as receiver, open_sender(HERE, within_s=0.05) as sender:
        with pytest.raises(ReceiverUnreachable, match=r"no answer within 0\.05 seconds"):
            await sender.send(receiver.url, BODY, HEADERS)


async def test_a_name_server_that_never_answers_is_left_in_the_end() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return await asyncio.Future()

    async with open_sender(HERE, resolve=resolve, within_s=0.05) as sender:
        with pytest.raises(ReceiverUnreachable, match="no answer"):
            await sender.send("http://erp.example/", BODY, HEADERS)


@pytest.mark.parametrize(
    "told",
    [b"not http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n", b""],
    ids=["no HTTP", "a long head", "nothing"],
)
async def test_what_is_no_answer_is_told_as_such(told: bytes) -> None:
    async with receiving(lambda _: told) as receiver, open_sender(HERE) as sender:
        with pytest.raises(ReceiverUnreachable):
            await sender.send(receiver.url, BODY, HEADERS)


async def test_of_a_long_answer_little_is_read() -> None:
    endless = answer(200, "Retry-After: " + "9" * 300, body=b"x" * 5_000_000)
    async with receiving(lambda _: endless) as receiver, open_sender(HERE) as sender:
        told = await sender.send(receiver.url, BODY, HEADERS)
    assert (told.status, told.retry_after) == (200, "9" * 100)


async def test_nobody_there_is_told_as_such() -> None:
    async with receiving() as receiver:
        url = receiver.url
    async with open_sender(HERE) as sender:
        with pytest.raises(ReceiverUnreachable):
            await sender.send(url, BODY, HEADERS)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for erp.example that vouches for itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "erp.example")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("erp.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "erp.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(made.public_bytes(pem) + private)
    return path


async def test_tls_proves_the_name_of_the_url_at_the_checked_address(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusted = ssl.create_default_context(cafile=str(certificate))
    names = Names([["127.0.0.1"]])
    async with (
        receiving(tls=context) as receiver,
        open_sender(WebhookReach(private=True), resolve=names.resolve, tls=trusted) as sender,
    ):
        assert (await sender.send(_named(receiver), BODY, HEADERS)).status == 204
        with pytest.raises(ReceiverUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            await sender.send(_named(receiver, "other.example"), BODY, HEADERS)
    assert receiver.names == ["erp.example", "other.example"]
    async with (
        receiving(tls=context) as receiver,
        open_sender(WebhookReach(private=True), resolve=names.resolve) as strict,
    ):
        with pytest.raises(ReceiverUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            await strict.send(_named(receiver), BODY, HEADERS)
