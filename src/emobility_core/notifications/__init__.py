"""Notifications: telling people what happened."""

from emobility_core.notifications._mail import Mail, Mailer, mail_rating

__all__ = ["Mail", "Mailer", "mail_rating"]
