"""To which session a stray stop may belong."""

from __future__ import annotations

from emobility_core.charging import Clue, propose
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.testing.builders import later, make_active, make_ended


def test_the_session_for_which_most_speaks_comes_first() -> None:
    stray = make_ended(meter_start=None, meter_stop=Energy.wh(9000), ended_at=later(minutes=30))
    unlikely = make_active(id_tag=IdTag("OTHER"), started_at=later(hours=9))
    likely = make_ended(stop_identity=None, meter_last=Energy.wh(8000))
    first, second = propose(stray, [unlikely, likely])
    assert first.session == likely.id
    assert first.why == (Clue.AWAITS_ITS_STOP, Clue.SAME_TAG, Clue.BEGAN_BEFORE, Clue.METER_FITS)
    assert (second.session, second.why) == (unlikely.id, (Clue.RUNS, Clue.METER_FITS))


def test_a_session_that_has_its_stop_or_was_set_aside_is_not_proposed() -> None:
    stray = make_ended(meter_start=None)
    told, aside = make_ended(), make_ended(stop_identity=None).discard(at=later())
    assert propose(stray, [stray, told, aside]) == []
