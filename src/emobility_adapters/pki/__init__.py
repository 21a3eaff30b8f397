"""Certificates with the package `cryptography`: an authority of one's own, and whom it vouches for."""

from emobility_adapters.pki.certifier import PkiCertifier
from emobility_adapters.pki.current import CurrentTrust
from emobility_adapters.pki.threads import ThreadedCertifier
from emobility_adapters.pki.trust import Trusted, TrustedAuthority

__all__ = ["CurrentTrust", "PkiCertifier", "ThreadedCertifier", "Trusted", "TrustedAuthority"]
