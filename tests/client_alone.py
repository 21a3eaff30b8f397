"""Run in a clean environment with what the client needs alone: `python client_alone.py`."""

import importlib
import pkgutil
import sys

import httpx

import emobility_client
from emobility_client import Client, Problem


def main() -> None:
    found = [one.name for one in pkgutil.walk_packages(emobility_client.__path__, "emobility_client.")]
    for name in found:
        importlib.import_module(name)
    loaded = {name.partition(".")[0] for name in sys.modules}
    unwanted = {"emobility_core", "emobility_adapters", "emobility_app", "litestar", "sqlalchemy", "orjson"}
    assert not loaded & unwanted, f"the client imported {loaded & unwanted}"
    with Client("http://example", "cli_1", "secret", transport=httpx.MockTransport(answered)) as api:
        assert api.get("/v1/me")["client"] == "cli_1"
        assert refusal(api) == "unknown-site"
    print(f"{len(found)} modules of the client imported without the server")


def refusal(api: Client) -> str:
    try:
        api.get("/v1/sites/sit_1")
    except Problem as problem:
        return problem.code
    return "none"


def answered(request: httpx.Request) -> httpx.Response:
    match request.url.path:
        case "/oauth/token":
            return httpx.Response(200, json={"access_token": "a", "expires_in": 600})
        case "/v1/me":
            return httpx.Response(200, json={"client": "cli_1"})
        case _:
            return httpx.Response(404, json={"code": "unknown-site", "detail": "There is none."})


if __name__ == "__main__":
    main()
