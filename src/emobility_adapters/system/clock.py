"""The machine's clock."""

from datetime import UTC, datetime

from emobility_core.instants import Instant


class SystemClock:
    """Tells the present as the machine knows it."""

    def now(self) -> Instant:
        return Instant(datetime.now(UTC))
