"""Mail about a rated session."""

from __future__ import annotations

from typing import Protocol

import attrs

from emobility_core.rating import HeldSession, Rating


@attrs.frozen(kw_only=True)
class Mail:
    """A plain-text mail."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Hands mail over for delivery."""

    async def send(self, mail: Mail) -> None:
        """Return once the mail is accepted for delivery; raise `Unavailable` if it is not."""
        ...


async def mail_rating(rating: Rating, *, to: str, mailer: Mailer) -> Mail:
    """Send the price of a session, line by line."""
    rows = [
        f"{line.component.value:<10}{line.quantity} {line.unit.value} x {line.unit_price} = {amount.amount}"
        for line, amount in zip(rating.lines, rating.line_amounts, strict=True)
    ]
    heading = "Provisional price" if isinstance(rating, HeldSession) else "Price"
    total = f"{heading}: {rating.gross.amount} {rating.currency}, of which VAT {rating.vat.amount}"
    mail = Mail(to=to, subject=total, text="\n".join([*rows, total]))
    await mailer.send(mail)
    return mail
