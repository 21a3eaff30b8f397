"""OpenID Connect: the keys of identity providers, found by discovery, fetched from checked addresses."""

from emobility_adapters.oidc.keys import DiscoveredKeys, open_issuer_keys

__all__ = ["DiscoveredKeys", "open_issuer_keys"]
