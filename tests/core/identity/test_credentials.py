"""Passwords, second factors and what failures cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from emobility_core.identity import (
    Failures,
    PasswordLinkRefused,
    PasswordRefused,
    SecondFactorInUse,
    SecondFactorRefused,
    code_of,
    enrolment_uri,
    require_password,
)
from emobility_core.instants import Instant
from emobility_core.testing.builders import later, make_credentials
from emobility_core.testing.clock import NOON

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
     (2000000000, "279037"), (20000000000, "353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_of(SECRET, seconds // 30) == code
    at = Instant(datetime.fromtimestamp(seconds, UTC))
    enrolled = make_credentials(totp_secret="s").confirmed(SECRET, f" {code[:3]} {code[3:]} ", (), at=at)
    assert enrolled.totp_confirmed


def test_a_code_counts_within_a_step_of_its_own_and_never_again() -> None:
    step = int(NOON.timestamp()) // 30
    known = make_credentials(totp_secret="s", totp_confirmed=True, totp_step=step - 1)
    assert known.proven(SECRET, code_of(SECRET, step - 1), "-", at=NOON) is None
    used = known.proven(SECRET, code_of(SECRET, step), "-", at=NOON)
    assert used is not None
    assert used.proven(SECRET, code_of(SECRET, step), "-", at=NOON) is None
    assert used.proven(SECRET, code_of(SECRET, step + 2), "-", at=NOON) is None
    ahead = used.proven(SECRET, code_of(SECRET, step + 1), "-", at=NOON)
    assert ahead is not None
    assert ahead.totp_step == step + 1


def test_a_recovery_code_counts_once() -> None:
    known = make_credentials(totp_secret="s", totp_confirmed=True, recovery_digests=("a", "b"))
    after = known.proven(SECRET, "", "b", at=NOON)
    assert after is not None
    assert after.recovery_digests == ("a",)
    assert after.proven(SECRET, "", "b", at=NOON) is None


def test_a_second_factor_counts_once_it_was_shown_to_work() -> None:
    begun = make_credentials().enrolled("sealed", at=NOON)
    assert not begun.totp_confirmed
    with pytest.raises(SecondFactorRefused):
        begun.confirmed(SECRET, "000000", (), at=NOON)
    code = code_of(SECRET, int(NOON.timestamp()) // 30)
    confirmed = begun.confirmed(SECRET, code, ("r",), at=NOON)
    with pytest.raises(SecondFactorInUse):
        confirmed.enrolled("other", at=NOON)
    assert confirmed.without_second_factor(NOON).enrolled("other", at=NOON).totp_secret == "other"


def _locks(times: list[Instant]) -> list[int]:
    """For how many minutes each of these failures locks a name."""
    known, locks = Failures(mark="m", tenant=make_credentials().tenant, failed_at=NOON), []
    for at in times:
        known = known.one_more(at)
        locks.append(0 if known.locked_until is None else (known.locked_until - at) // timedelta(minutes=1))
        assert known.is_locked(later(at, minutes=locks[-1] - 1)) is (locks[-1] > 0)
        assert not known.is_locked(later(at, minutes=locks[-1]))
    return locks


def test_the_fifth_failure_locks_and_each_further_one_for_twice_as_long_up_to_an_hour() -> None:
    assert _locks([NOON] * 14) == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_failures_are_forgotten_a_day_after_the_last_one() -> None:
    assert _locks([NOON] * 10 + [later(hours=23)]) == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60]
    assert _locks([NOON] * 10 + [later(days=1)] * 5) == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 0, 0, 0, 0, 1]


def test_whoever_waits_for_failures_to_be_forgotten_tries_less_often_than_who_sits_locks_out() -> None:
    """Of a year, by each of the two ways: free failures once a day, or one an hour."""
    at, patient = NOON, 0
    known = Failures(mark="m", tenant=make_credentials().tenant, failed_at=NOON)
    while at < later(days=365):
        known, patient = known.one_more(at), patient + 1
        at = later(at, days=1) if known.count == 4 else at
    assert patient == 365 * 4
    assert patient < 365 * 24


def test_a_link_counts_once_and_in_time_and_the_newest_alone() -> None:
    linked = make_credentials().linked("old", until=later(days=3), at=NOON)
    newer = linked.linked("new", until=later(days=3), at=NOON)
    with pytest.raises(PasswordLinkRefused):
        newer.with_password("hash", link="old", at=NOON)
    with pytest.raises(PasswordLinkRefused):
        newer.with_password("hash", link="new", at=later(days=3))
    done = newer.with_password("hash", link="new", at=later(days=2))
    assert done.password_hash == "hash"
    with pytest.raises(PasswordLinkRefused):
        done.with_password("other", link="new", at=later(days=2))


def test_a_new_password_drops_a_second_factor_that_was_begun_with_the_old_one() -> None:
    begun = make_credentials().enrolled("sealed", at=NOON).linked("new", until=later(days=3), at=NOON)
    assert begun.with_password("hash", link="new", at=NOON).totp_secret is None
    in_use = attrs.evolve(begun, totp_confirmed=True, recovery_digests=("r",))
    kept = in_use.with_password("hash", link="new", at=NOON)
    assert (kept.totp_secret, kept.totp_confirmed, kept.recovery_digests) == ("sealed", True, ("r",))


@pytest.mark.parametrize(
    "password", ["eleven char", "Everybodys-1", "aaabbbaaabbb", "ada@stadtwerk.example", "x" * 201]
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    with pytest.raises(PasswordRefused):
        require_password(password, email="Ada@Stadtwerk.example", common=frozenset({"everybodys-1"}))


def test_no_kinds_of_characters_are_asked_for() -> None:
    for password in ("a quiet harbour wall", "motorwayharbour", "äöü ist ein langes wort"):
        require_password(password, email="ada@stadtwerk.example", common=frozenset())


def test_an_app_reads_the_secret_from_a_uri() -> None:
    uri = enrolment_uri("GEZDGNBV====", account="ada@stadtwerk.example", issuer="charging.example")
    assert uri == (
        "otpauth://totp/charging.example%3Aada%40stadtwerk.example?secret=GEZDGNBV&issuer=charging.example"
    )
