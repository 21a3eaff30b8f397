"""The grants of the token endpoint: what a client gives for a token."""

from __future__ import annotations

from typing import ClassVar

from authlib.oauth2.rfc6749 import ClientCredentialsGrant

from emobility_app.auth.assertions import METHOD

# `none` is for public clients, which only some grants are for.
CONFIDENTIAL = ["client_secret_basic", "client_secret_post", METHOD]


class ClientCredentials(ClientCredentialsGrant):
    """A token of the client itself (RFC 6749, 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = CONFIDENTIAL

    def validate_requested_scope(self) -> None:
        self.request.client.get_allowed_scope(self.request.payload.scope)
