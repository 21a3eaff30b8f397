"""What is to come of each quirk."""

from . import answers, configurations, lines, numbers, registers, reports, samples, times

PLAYS = {
    **times.PLAYS,
    **numbers.PLAYS,
    **samples.PLAYS,
    **registers.PLAYS,
    **reports.PLAYS,
    **answers.PLAYS,
    **configurations.PLAYS,
    **lines.PLAYS,
}
