"""What stations report of sessions: facts, in the words of a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from emobility_core.charging._reading import Sample
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import StationId
from emobility_core.network import StationTime


@attrs.frozen
class TimedSamples:
    """Samples of one moment; `raw` is their JSON text as sent, `coerced` says it had to be mended,
    `profiled` that its maker is known to mean something else."""

    time: StationTime
    samples: Sequence[Sample]
    raw: str
    coerced: bool = False
    profiled: bool = False


@attrs.frozen(kw_only=True)
class ReportStart:
    """A station has begun to charge. `message` tells two sends apart where clocks cannot: the message
    id and a digest of its payload, within the station's boot of that number; `reservation` the number of
    the one it uses."""

    station: StationId
    connector: int
    id_tag: IdTag
    meter: Energy | None
    time: StationTime
    message: str
    boot: int
    reservation: int | None = None


@attrs.frozen(kw_only=True)
class ReportStop:
    """A station has ended a session. `transaction_id` is None where it is none of ours (-1, 0);
    `values` are the samples, often signed, that came with the stop."""

    station: StationId
    transaction_id: int | None
    meter: Energy | None
    time: StationTime
    id_tag: IdTag | None = None
    reason: str | None = None
    values: Sequence[TimedSamples] = ()
    content: Mapping[str, object]


@attrs.frozen(kw_only=True)
class ReportReadings:
    """A station reports meter values at a connector, within a transaction or not.

    `message` is the same for a report that is sent again: a digest of the message's id and payload.
    """

    station: StationId
    connector: int
    transaction_id: int | None
    values: Sequence[TimedSamples]
    message: str


def start_identity(report: ReportStart) -> str:
    """What makes two reports of a start the same start.

    With a clock: connector, tag, the station's own time and meter; also where it runs ahead, since the
    same report must be the same whenever it arrives. Without: the very message, within one boot, since
    a station that begins at 1970 after each boot tells the same time again and again.

    Those with a clock stand in the order of their times, the others before them: what is behind a
    station's last is new.
    """
    meter = "" if report.meter is None else str(report.meter.mwh)
    if report.time.told is not None:
        return f"{report.time.told.isoformat()}|{report.connector}|{report.id_tag.folded}|{meter}"
    return f"!{report.connector}|{report.id_tag.folded}|{report.boot}|{report.message}"


def stop_identity(report: ReportStop) -> str:
    """What makes two reports of a stop the same stop of a session: the station's own time and meter."""
    return f"{report.time.reported}|{'' if report.meter is None else report.meter.mwh}"
