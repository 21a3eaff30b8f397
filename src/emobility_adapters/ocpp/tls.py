"""TLS of the stations' listener: the versions, suites and keys of the security whitepaper (2.4.1)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# The four suites of A00.FR.317 for TLS 1.2, and the two of ECDHE with RSA, which keep old lines secret
# where a stolen key would open those of plain RSA. TLS 1.3 brings its own.
SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)

# OpenSSL, X509_V_FLAG_NO_CHECK_TIME: whether a certificate is in time is said at the gate, by our clock
# and with the station's name; here the line would end before anybody knew whose it was.
_NO_CHECK_TIME = 0x200000


def station_context(
    certificates: Iterable[tuple[Path, Path]], failed: Callable[[str], None] = lambda _: None
) -> ssl.SSLContext:
    """Make the context: `certificates` are files of chains and keys, one RSA and one ECDSA at most.

    `failed` is told in OpenSSL's words why a handshake came to nothing.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES))
    for chain, key in certificates:
        context.load_cert_chain(chain, key)
    # An authority need not vouch for itself: one that signs stations directly may be trusted alone.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    context.sslobject_class = _watched(failed)
    return context


def trust_authorities(context: ssl.SSLContext, certificates: Iterable[str]) -> None:
    """Ask stations for a certificate of one of these authorities (PEM) from the next handshake on.

    An authority that no longer counts stays known to the context; the gate refuses what it signed.
    """
    for certificate in certificates:
        context.load_verify_locations(cadata=certificate)
        context.verify_mode = ssl.CERT_OPTIONAL


def _watched(failed: Callable[[str], None]) -> type[ssl.SSLObject]:
    """Sessions that tell why a handshake failed: event loops close such lines without a word."""

    class Watched(ssl.SSLObject):
        def do_handshake(self, *arguments: Any) -> None:
            try:
                super().do_handshake(*arguments)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                failed(getattr(error, "verify_message", None) or error.reason or str(error))
                raise

    return Watched
