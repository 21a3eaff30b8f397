"""What each lesson of real operations asks for, by its number or by its own words."""

from . import lines, reports, sessions

PLAYS = {**sessions.PLAYS, **reports.PLAYS, **lines.PLAYS}
