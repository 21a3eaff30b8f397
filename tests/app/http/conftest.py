"""What the tests of the HTTP API share."""

from tests.app.http.bare import bare
from tests.app.http.callers import callers
from tests.app.http.house import served, template
from tests.app.http.inhabited import inhabited
from tests.app.http.people import people
from tests.app.http.sisters import sisters
from tests.app.http.standing import one_house, standing
from tests.app.http.trials import trials

__all__ = [
    "bare",
    "callers",
    "inhabited",
    "one_house",
    "people",
    "served",
    "sisters",
    "standing",
    "template",
    "trials",
]
