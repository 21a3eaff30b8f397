"""Users over HTTP: made, let in by links that count once, with a second factor of their own."""

from __future__ import annotations

import base64
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from emobility_core.identity import STEP_S, code_of
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json
from tests.app.http.people import PASSWORD, People, hidden, message, sent_back
from tests.app.http.refusals import pointers, refused

ADA = "ada@stadtwerk.example"


async def test_a_link_sets_a_password_once(people: People, served: House) -> None:
    user = await served.post("/v1/users", {"email": ADA.upper(), "name": "Ada"})
    assert (user["email"], user["enabled"]) == (ADA, True)
    assert not {"password_hash", "link_digest", "totp_secret"} & set(user)
    old, link = await people.link(user), await people.link(user)

    async def set_it(link: str, password: str, repeat: str | None = None) -> tuple[int, str]:
        form = {"link": link, "password": password, "repeat": password if repeat is None else repeat}
        answer = await people.http.post("/sign-in/password", data=form)
        return answer.status_code, message(answer)

    assert (await set_it(old, PASSWORD))[0] == 403  # a newer one took its place
    assert "not the same" in (await set_it(link, PASSWORD, "another password"))[1]
    for weak in ("short", "password1234", "aaaaaaaaaaaa", ADA, "x" * 201):
        status, words = await set_it(link, weak)
        assert (status, words.startswith("This password ")) == (200, True), weak
    assert await set_it(link, PASSWORD) == (200, "")
    assert (await set_it(link, PASSWORD))[0] == 403
    assert (await set_it("garbage", PASSWORD))[0] == 403
    sent_back(await people.sign_in(await people.app()))


async def test_an_email_tells_nothing_of_other_tenants_and_each_signs_in_at_their_own(
    people: People, served: House, callers: Callers
) -> None:
    above, app = await people.user(), await people.app()
    refused(await served.http.post("/v1/users", json={"email": ADA.upper()}), 409, "already-taken")
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    http = await callers.signed_in(tenant=below)
    # The very answer that anybody's address gets.
    made = await http.post("/v1/users", json={"email": "Ada@Stadtwerk.example"})
    assert made.status_code == 201
    other = "another harbour wall"
    link = (await http.post(f"/v1/users/{made.json()['id']}/password-links", json={})).json()["url"]
    form = {"link": link.split("link=")[1], "password": other, "repeat": other}
    assert (await people.http.post("/sign-in/password", data=form)).status_code == 200
    for password, tenant, expected in (
        (PASSWORD, None, above["id"]),
        (other, below, made.json()["id"]),
        (other, None, None),
        (PASSWORD, below, None),
    ):
        answer = await people.sign_in(app, password=password, tenant=tenant)
        if expected is None:
            assert message(answer).startswith("E-mail or password is wrong")
            continue
        given = (await people.redeem(app, sent_back(answer)["code"])).json()
        assert (await people.get("/v1/me", given["access_token"])).json()["actor"] == f"user:{expected}"


@pytest.mark.parametrize(
    ("body", "flaws"),
    [
        ({"email": "nobody"}, {"/email": "malformed-email"}),
        ({"email": "a b@c.example"}, {"/email": "malformed-email"}),
        ({"email": f"{'a' * 250}@c.example"}, {"/email": "malformed-email"}),
        ({"email": ADA, "password_hash": "x"}, {"/password_hash": "unknown-field"}),
        ({"email": ADA, "password": "x"}, {"/password": "unknown-field"}),
        ({"email": ADA, "tenant": "ten_0"}, {"/tenant": "read-only"}),
        ({"email": ADA, "roles": ["owner"]}, {"/roles": "unknown-field"}),
        ({"email": ADA, "totp_confirmed": True}, {"/totp_confirmed": "unknown-field"}),
    ],
)
async def test_what_a_user_is_not_to_be_is_refused_by_name(
    standing: House, body: Json, flaws: dict[str, str]
) -> None:
    assert pointers(await standing.http.post("/v1/users", json=body)) == flaws


async def test_nobody_lets_in_somebody_who_is_permitted_more(people: People, callers: Callers) -> None:
    owner = await people.user()
    http = await callers.signed_in("users:read", "users:write")
    at = f"/v1/users/{owner['id']}"
    for method, path, body in (
        ("POST", f"{at}/password-links", {}),
        ("DELETE", f"{at}/second-factor", None),
        ("PATCH", at, {"email": "mine@stadtwerk.example"}),
    ):
        refused(await http.request(method, path, json=body), 403, "user-beyond-caller")
    assert (await http.patch(at, json={"enabled": False})).json()["enabled"] is False


async def test_a_role_from_above_counts_for_whoever_would_let_the_user_in(
    served: House, callers: Callers
) -> None:
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    http = await callers.signed_in("users:read", "users:write", "roles:read", tenant=below)
    user = (await http.post("/v1/users", json={"email": ADA})).json()
    at = f"/v1/users/{user['id']}"
    assert (await http.post(f"{at}/password-links", json={})).status_code == 201
    given = {"actor": f"user:{user['id']}", "role": "owner"}
    made = await served.post("/v1/role-assignments", given)
    for method, path, body in (
        ("POST", f"{at}/password-links", {}),
        ("DELETE", f"{at}/second-factor", None),
        ("PATCH", at, {"email": "mine@stadtwerk.example"}),
    ):
        refused(await http.request(method, path, json=body), 403, "user-beyond-caller")
    assert (await served.http.delete(f"/v1/role-assignments/{made['id']}")).status_code == 200
    assert (await http.post(f"{at}/password-links", json={})).status_code == 201


async def _enrol(people: People) -> tuple[bytes, list[str]]:
    async def submit(**fields: str) -> httpx.Response:
        return await people.http.post("/sign-in/second-factor", data=fields)

    begun = await submit(email=ADA, password=PASSWORD)
    secret = base64.b32decode(hidden(begun, "secret"))
    uri = urlsplit(unescape(re.findall(r'id="uri" href="([^"]*)"', begun.text)[0]))
    assert (uri.scheme, parse_qs(uri.query)["secret"]) == ("otpauth", [hidden(begun, "secret")])
    wrong = await submit(ticket=hidden(begun, "ticket"), code="abcdef", secret=hidden(begun, "secret"))
    assert message(wrong).startswith("The code does not fit")
    done = await submit(ticket=hidden(wrong, "ticket"), code=_code(people, secret, -1))
    assert done.status_code == 200
    assert message(await submit(email=ADA, password=PASSWORD)).startswith("You have a second factor already")
    return secret, re.findall(r"<code>([a-z2-7]{5}-[a-z2-7]{5})</code>", done.text)


def _code(people: People, secret: bytes, off: int = 0) -> str:
    now = people.served.server.clock.now()
    return code_of(secret, int(now.timestamp()) // STEP_S + off)


async def test_a_second_factor_is_asked_for_and_each_of_its_codes_counts_once(people: People) -> None:
    user, app = await people.user(), await people.app()
    secret, recovery = await _enrol(people)
    assert len(recovery) == len(set(recovery)) == 10
    asked = await people.sign_in(app)
    assert hidden(asked, "step") == "code"
    ticket = hidden(asked, "ticket")

    async def tell(code: str) -> str:
        answer = await people.submit(app.query(), "code", ticket=ticket, code=code)
        return "in" if answer.status_code == 303 else message(answer)

    code = _code(people, secret)
    assert await tell("000000x") != "in"
    assert await tell(code) == "in"
    assert (await tell(code)).startswith("The code does not fit")
    assert (await tell(_code(people, secret, -1))).startswith("The code does not fit")
    assert await tell(recovery[0].upper().replace("-", " ")) == "in"
    assert (await tell(recovery[0])).startswith("The code does not fit")
    removed = await people.served.http.delete(f"/v1/users/{user['id']}/second-factor")
    assert removed.json() == {"second_factor": False}
    sent_back(await people.sign_in(app))


async def test_guessing_codes_locks_the_account(people: People) -> None:
    await people.user()
    app = await people.app()
    secret, _ = await _enrol(people)
    ticket = hidden(await people.sign_in(app), "ticket")
    for _ in range(5):
        await people.submit(app.query(), "code", ticket=ticket, code="guess")
    right = await people.submit(app.query(), "code", ticket=ticket, code=_code(people, secret, 1))
    assert message(right).startswith("The code does not fit")
    assert message(await people.sign_in(app)).startswith("E-mail or password is wrong")


async def test_a_second_factor_is_set_up_by_whoever_has_the_password(people: People) -> None:
    await people.user()
    form = {"email": ADA, "password": "wrong password here"}
    wrong = await people.http.post("/sign-in/second-factor", data=form)
    assert message(wrong).startswith("E-mail or password is wrong")
    forged = await people.http.post("/sign-in/second-factor", data={"ticket": "forged", "code": "000000"})
    assert message(forged) == "This took too long. Sign in again."


async def test_whoever_began_a_second_factor_with_a_password_that_counts_no_more_does_not_end_it(
    people: People,
) -> None:
    user = await people.user()

    async def submit(**fields: str) -> httpx.Response:
        return await people.http.post("/sign-in/second-factor", data=fields)

    async def confirm(begun: httpx.Response, by: httpx.Response) -> str:
        code = _code(people, base64.b32decode(hidden(begun, "secret")))
        return message(await submit(ticket=hidden(by, "ticket"), code=code))

    begun, new = await submit(email=ADA, password=PASSWORD), "another horse battery"
    link = await people.link(user)
    changed = await people.http.post("/sign-in/password", data={"link": link, "password": new, "repeat": new})
    assert changed.status_code == 200
    assert await confirm(begun, by=begun) == "This took too long. Sign in again."
    anew = await submit(email=ADA, password=new)
    assert await confirm(anew, by=begun) == "This took too long. Sign in again."
    at = f"/v1/users/{user['id']}"
    await people.served.http.patch(at, json={"enabled": False})
    assert await confirm(anew, by=anew) == "This took too long. Sign in again."
    await people.served.http.patch(at, json={"enabled": True})
    done = _code(people, base64.b32decode(hidden(anew, "secret")))
    assert (await submit(ticket=hidden(anew, "ticket"), code=done)).status_code == 200


async def test_a_user_is_stated_by_another_system(served: House) -> None:
    at = "/v1/users/by-external-id/hr/4711"
    first = await served.http.put(at, json={"email": ADA, "name": "Ada"})
    again = await served.http.put(at, json={"email": ADA, "name": "Ada"})
    assert (first.status_code, again.status_code, again.json()["changed"]) == (201, 200, False)
    assert (await served.http.put(at, json={"email": ADA, "name": "Ada King"})).json()["name"] == "Ada King"


async def test_a_user_of_another_tenant_is_not_there(served: House, callers: Callers) -> None:
    user = await served.post("/v1/users", {"email": ADA})
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    http = await callers.signed_in(tenant=below)
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/password-links"),
        ("DELETE", "/second-factor"),
    ):
        answer = await http.request(method, f"/v1/users/{user['id']}{path}", json={})
        refused(answer, 404, "unknown-user")


async def test_what_proves_somebody_anew_ends_all_that_was_proven_before(
    people: People, served: House
) -> None:
    user, app = await people.user(), await people.app()

    async def ended(*tokens: Json) -> bool:
        """Whether access and refresh tokens count no more; all of them or none."""
        for one in tokens:
            access = (await people.get("/v1/me", one["access_token"])).status_code
            refresh = (await people.refresh(app, one["refresh_token"])).status_code
            assert (access, refresh) == (401, 400), (access, refresh)
        return True

    async def new_password() -> None:
        form = {"link": await people.link(user), "password": PASSWORD, "repeat": PASSWORD}
        assert (await people.http.post("/sign-in/password", data=form)).status_code == 200

    first, second = await people.tokens(app), await people.tokens(app)
    await new_password()
    assert await ended(first, second)
    third = await people.tokens(app)
    secret, recovery = await _enrol(people)
    assert await ended(third)
    ticket = hidden(await people.sign_in(app), "ticket")
    back = await people.submit(app.query(), "code", ticket=ticket, code=recovery[0])
    fourth = (await people.redeem(app, sent_back(back)["code"])).json()
    waiting = hidden(await people.sign_in(app), "ticket")
    await people.served.http.delete(f"/v1/users/{user['id']}/second-factor")
    assert await ended(fourth)
    # Nor does a page count that was waiting for the code.
    late = await people.submit(app.query(), "code", ticket=waiting, code=_code(people, secret))
    assert "location" not in late.headers
    fifth = await people.tokens(app)
    await served.http.patch(f"/v1/users/{user['id']}", json={"enabled": False})
    await served.http.patch(f"/v1/users/{user['id']}", json={"enabled": True})
    assert await ended(fifth)


async def test_a_step_that_was_taken_with_the_old_password_leads_nowhere(people: People) -> None:
    user, app = await people.user(), await people.app(first_party=False)
    asked = await people.sign_in(app)
    form = {"link": await people.link(user), "password": PASSWORD, "repeat": PASSWORD}
    assert (await people.http.post("/sign-in/password", data=form)).status_code == 200
    given = {name: hidden(asked, name) for name in ("ticket", "scopes")}
    late = await people.submit(app.query(), "consent", decision="allow", **given)
    assert message(late) == "This took too long. Sign in again."


async def test_who_proved_what_or_failed_to_stands_in_the_audit_log(people: People, served: House) -> None:
    user, app = await people.user(), await people.app()
    actor = f"user:{user['id']}"
    await _enrol(people)
    await people.sign_in(app, password="wrong password here")
    await people.sign_in(app, "nobody@stadtwerk.example")
    entries = (await served.get("/v1/audit-entries", limit="200"))["data"]

    def told(operation: str, outcome: str) -> list[Json]:
        return [one for one in entries if (one["operation"], one["outcome"]) == (operation, outcome)]

    (password,) = told("sign_in_password", "done")
    assert (password["actor"], password["changes"][0]["subject"]) == (actor, user["id"])
    assert len(told("sign_in_second_factor", "done")) == 2
    wrong, unknown = sorted(told("oauth_authorize", "denied"), key=lambda one: one["at"])
    assert [one["subject"] for one in wrong["changes"]] == [user["id"]]
    assert [one["subject"] for one in unknown["changes"]] == [user["tenant"]]
    assert wrong["actor"] != unknown["actor"]
    assert {wrong["reason"], unknown["reason"]} == {"wrong password"}
    assert PASSWORD not in str(entries)
    assert "nobody@" not in str(entries)
