"""The part of the composition root that secures the stations' lines."""

from __future__ import annotations

import hmac
import ssl
from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs

from emobility_adapters.ocpp.security import LineSecurity
from emobility_adapters.ocpp.tls import station_context, trust_authorities
from emobility_adapters.pki import CurrentTrust, PkiCertifier, ThreadedCertifier
from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.settings import Settings, Tls, TlsUnusable
from emobility_core.ids import Ids, TenantId
from emobility_core.instants import Clocks
from emobility_core.work import Scope


@attrs.frozen(kw_only=True)
class Secured:
    """What secures lines: `context` is None where the listener speaks without TLS."""

    lines: LineSecurity
    trust: CurrentTrust
    certifier: ThreadedCertifier
    context: ssl.SSLContext | None


async def secured(
    settings: Settings,
    transactions: SqlTransactions,
    *,
    everything: Scope,
    directories: SqlDirectories,
    server_key: str,
    clocks: Clocks,
    ids: Ids,
) -> Secured:
    """Bind certificates and their judges; the authorities of the database count from the start."""
    reading: Any = transactions.reading
    trust = CurrentTrust(transactions=reading, everything=everything, path_of=directories.tree.path)
    lines = LineSecurity(
        transactions=transactions,
        trust=trust,
        clocks=clocks,
        ids=ids,
        home=_home(directories.tree.paths),
        behind_proxy=settings.behind_proxy,
        changed=directories.stations.forget,
    )
    context = None
    if settings.tls is not None:
        pairs = [_usable(pair) for pair in (settings.tls, settings.second_tls) if pair]
        context = station_context(((pair.certificate, pair.key) for pair in pairs), lines.handshake_failed)
        trust.announce = partial(trust_authorities, context)
    await trust.load()
    return Secured(
        lines=lines, trust=trust, certifier=certifier(settings.ca_passphrase, server_key), context=context
    )


def _usable(pair: Tls) -> Tls:
    """Raise `TlsUnusable` for a pair of files that TLS cannot serve; OpenSSL does not say which."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pair.certificate, pair.key)
    except ssl.SSLError as error:
        raise TlsUnusable(str(pair.certificate), str(pair.key)) from error
    return pair


def certifier(passphrase: str | None, server_key: str) -> ThreadedCertifier:
    """Authorities' keys are sealed by a passphrase that the database does not hold, else by a key of the
    server's own, which keeps them from whoever sees the table alone."""
    if passphrase is not None:
        return ThreadedCertifier(PkiCertifier(passphrase.encode()))
    secret = hmac.digest(bytes.fromhex(server_key), b"certificate authorities", "sha256")
    return ThreadedCertifier(PkiCertifier(secret))


def _home(paths: Mapping[TenantId, str]) -> Scope | None:
    """The scope of the tenant at the root of the tree."""
    if not paths:
        return None
    root = min(paths, key=lambda tenant: len(paths[tenant]))
    return Scope.system(root, paths[root], "gate")
