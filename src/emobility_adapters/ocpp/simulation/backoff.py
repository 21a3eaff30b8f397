"""How long a station waits before it connects again."""

from __future__ import annotations

from random import Random

import attrs


@attrs.frozen
class BackOff:
    """Doubles from `first_s` to at most `longest_s`, each wait drawn from its upper half.

    The jitter keeps stations that were lost together from coming back together.
    """

    first_s: float = 1.0
    longest_s: float = 60.0

    def delay_s(self, failures: int, random: Random) -> float:
        """Seconds to wait after so many failures in a row (0 after a lost connection)."""
        whole: float = min(self.longest_s, self.first_s * 2 ** min(failures, 30))
        return whole * (0.5 + random.random() / 2)
