"""Which events an endpoint is sent, and by which secrets it knows them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from emobility_core.ids import shown
from emobility_core.instants import Instant
from emobility_core.testing.builders import later, make_event, make_webhook_endpoint
from emobility_core.testing.clock import NOON
from emobility_core.webhooks import TESTED, DisabledReason, MalformedSubscription, signed_headers

OWN, BELOW, BESIDE = "/a/", "/a/b/", "/c/"


@pytest.mark.parametrize(
    ("types", "kind", "heard"),
    [
        (("session.ended",), "session.ended", True),
        (("session.ended",), "session.started", False),
        (("session.*",), "session.started", True),
        (("session.*",), "session_note.added", False),
        (("*",), "token.created", True),
        (("token.created", "session.*"), "session.rated", True),
    ],
)
def test_an_endpoint_hears_what_it_subscribes_to(types: tuple[str, ...], kind: str, heard: bool) -> None:
    endpoint = make_webhook_endpoint(event_types=types)
    assert endpoint.hears(make_event(type=kind), path=OWN, own_path=OWN) is heard


@pytest.mark.parametrize(
    "text", ["", "session", "session.", ".*", "*.ended", "session.*.x", "Session.ended", "**"]
)
def test_what_is_no_type_cannot_be_subscribed_to(text: str) -> None:
    with pytest.raises(MalformedSubscription):
        make_webhook_endpoint(event_types=(text,))


def test_an_endpoint_subscribes_to_something() -> None:
    with pytest.raises(MalformedSubscription):
        make_webhook_endpoint(event_types=())


def test_events_of_tenants_below_are_heard_on_request_and_those_beside_never() -> None:
    event, plain = make_event(), make_webhook_endpoint()
    deep = make_webhook_endpoint(include_descendants=True)
    assert [plain.hears(event, path=path, own_path=OWN) for path in (OWN, BELOW, BESIDE, "/")] == [
        True, False, False, False,
    ]  # fmt: skip
    assert [deep.hears(event, path=path, own_path=OWN) for path in (OWN, BELOW, BESIDE, "/")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_try_goes_to_the_endpoint_that_it_names_alone() -> None:
    one, other = make_webhook_endpoint(), make_webhook_endpoint(event_types=("*",))
    event = make_event(type=TESTED, subject=shown("whe", one.id))
    assert one.hears(event, path=OWN, own_path=OWN)
    assert not other.hears(event, path=OWN, own_path=OWN)


def test_two_secrets_count_during_a_rotation_and_one_after_it() -> None:
    until = later(hours=24)
    rotated = make_webhook_endpoint(secret="old").rotated("new", previous_until=until, at=NOON)
    assert rotated.secrets_at(Instant(until - timedelta(seconds=1))) == ("new", "old")
    assert rotated.secrets_at(until) == ("new",)


def test_an_endpoint_remembers_why_it_is_off_until_it_is_on() -> None:
    off, gone = (
        make_webhook_endpoint().switched(False),
        make_webhook_endpoint().off(DisabledReason.GONE, NOON),
    )
    assert off.disabled_reason is DisabledReason.BY_HAND
    assert gone.switched(False).disabled_reason is DisabledReason.GONE
    assert gone.switched(True).disabled_reason is None


def test_a_receiver_that_took_nothing_for_days_is_given_up_and_begins_anew_once_it_is_on_again() -> None:
    first = make_webhook_endpoint().failed(NOON, paused_until=None)
    second = first.failed(later(days=4), paused_until=later(days=5))
    assert (second.failing_since, second.paused_until) == (NOON, later(days=5))
    # A shorter wish does not end a longer one.
    assert second.failed(later(days=4), paused_until=later(days=4)).paused_until == later(days=5)
    assert not second.gives_up(Instant(later(days=5) - timedelta(seconds=1)))
    assert second.gives_up(later(days=5))
    assert not make_webhook_endpoint().gives_up(later(days=500))
    off = second.off(DisabledReason.FAILING, later(days=5))
    assert off.switched(True).failing_since is None
    # Whoever changes one that is on, changes nothing of that.
    assert second.switched(True) == second


def test_a_signature_is_the_one_of_the_standard() -> None:
    # The example of github.com/standard-webhooks/standard-webhooks, spec and libraries.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = Instant(datetime.fromtimestamp(1_614_265_330, UTC))
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at=at, secrets=[secret])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
