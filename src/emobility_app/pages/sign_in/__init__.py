"""Where people sign in: the authorization endpoint of OAuth 2.0, and setting a password."""

from emobility_app.pages.sign_in.routes import SignInPages

__all__ = ["SignInPages"]
