"""A session by a generated client: `python scenario.py SERVER TOKEN STATION TAG` prints its id."""

import sys
from uuid import uuid4

from emobility_generated import AuthenticatedClient
from emobility_generated.api.commands import commands_create
from emobility_generated.api.operations import operations_get
from emobility_generated.api.sessions import sessions_get, sessions_list
from emobility_generated.api.sites import sites_get
from emobility_generated.api.tokens import tokens_create
from emobility_generated.models import (
    Command,
    Operation,
    Problem,
    RemoteStartInput,
    SessionExpanded,
    SessionExpandedPage,
    Token,
    TokenInput,
)
from emobility_generated.models.operation_status import OperationStatus
from emobility_generated.models.remote_start_input_type import RemoteStartInputType


def main(server: str, token: str, station: str, tag: str) -> str:
    api = AuthenticatedClient(base_url=server, token=token)
    made = tokens_create.sync(client=api, body=TokenInput(id_tag=tag), idempotency_key=uuid4().hex)
    assert isinstance(made, Token), made
    order = RemoteStartInput(
        type_=RemoteStartInputType.REMOTE_START, station=station, token=made.id, connector=1
    )
    asked = commands_create.sync(client=api, body=order, idempotency_key=uuid4().hex)
    assert isinstance(asked, Command), asked
    while True:
        operation = operations_get.sync(asked.operation, client=api, prefer="wait=20")
        assert isinstance(operation, Operation), operation
        if operation.status is not OperationStatus.RUNNING:
            break
    assert operation.status is OperationStatus.SUCCEEDED, operation.error
    assert operation.result is not None
    session = sessions_get.sync(operation.result["session"], client=api)
    assert isinstance(session, SessionExpanded), session
    listed = sessions_list.sync(client=api, station=[station])
    assert isinstance(listed, SessionExpandedPage), listed
    assert [one.id for one in listed.data] == [session.id]
    refused = sites_get.sync(f"sit_{station.removeprefix('sta_')}", client=api)
    assert isinstance(refused, Problem), refused
    assert refused.code == "unknown-site"
    return session.id


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
