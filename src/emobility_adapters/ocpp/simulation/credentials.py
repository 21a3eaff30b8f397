"""By what a station proves who it is, and how it checks the central system (security profiles 0-3)."""

from __future__ import annotations

import re
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs

from emobility_adapters.ocpp.simulation.certificates import CENTRAL, Certificates

_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@attrs.define(eq=False)
class Credentials:
    """`profile` 0: nothing. 1: `key` by Basic authentication. 2: the same over TLS. 3: a client certificate.

    `proved` is the profile of the last connection that was accepted, which the station falls back to.
    """

    profile: int = 0
    key: str | None = None
    certificates: Certificates = attrs.field(factory=Certificates)
    proved: int | None = None

    @classmethod
    def made(
        cls,
        *,
        profile: int | None,
        key: str | None,
        roots: Sequence[str],
        certificate: tuple[str, str] | None,
        encrypted: bool,
    ) -> Credentials:
        """`roots` and `certificate` (chain and key) are PEM; without `profile` the key decides, and
        whether the line is `encrypted` from the start."""
        chain, private = certificate or (None, None)
        made = cls(
            profile=(0 if key is None else 2 if encrypted else 1) if profile is None else profile,
            key=key,
            certificates=Certificates(chain=chain, key=private),
        )
        for root in (one for pem in roots for one in _CERTIFICATE.findall(pem) or [pem]):
            if not made.certificates.install(CENTRAL, root):
                raise ValueError("a root is no certificate of an authority")
        return made

    @property
    def basic_key(self) -> str | None:
        """The key to be shown when connecting; profile 3 shows none."""
        return self.key if self.profile in (1, 2) else None

    def can_raise_to(self, profile: int) -> bool:
        """Whether all that a higher profile needs is there (security whitepaper, A05)."""
        if not self.profile < profile <= 3:
            return False
        if profile in (1, 2) and self.key is None:
            return False
        if profile >= 2 and not self.certificates.of(CENTRAL):
            return False
        return profile < 3 or self.certificates.chain is not None

    def fall_back(self) -> None:
        """Go back to the profile that was accepted last."""
        if self.proved is not None:
            self.profile = self.proved

    def tls(self) -> ssl.SSLContext | None:
        """How to open a TLS connection; None for the profiles without TLS."""
        if self.profile < 2:
            return None
        roots = self.certificates.pem_of(CENTRAL)
        context = ssl.create_default_context(cadata=roots or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.profile == 3 and self.certificates.chain and self.certificates.key:
            # The ssl module takes a client certificate from files alone.
            with tempfile.TemporaryDirectory() as folder:
                chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
                key.touch(mode=0o600)
                chain.write_text(self.certificates.chain)
                key.write_text(self.certificates.key)
                context.load_cert_chain(chain, key)
        return context
