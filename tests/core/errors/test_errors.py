"""Every refusal belongs to one family, has a code of its own, and says cause and remedy."""

import gc
import importlib
import inspect
import pkgutil
import re

import pytest

import emobility_core
from emobility_core.errors import (
    Conflict,
    Denied,
    EmobilityError,
    Invalid,
    NotFound,
    Unavailable,
)
from emobility_core.work import AlreadyTaken, StaleWrite

FAMILIES = (NotFound, Conflict, Invalid, Denied, Unavailable)


def _leaves() -> list[type[EmobilityError]]:
    for module in pkgutil.walk_packages(emobility_core.__path__, "emobility_core."):
        if not module.name.startswith("emobility_core.testing"):
            importlib.import_module(module.name)
    gc.collect()  # attrs makes each class anew with slots; the first one is a subclass until then
    found: set[type[EmobilityError]] = set()
    waiting = list(FAMILIES)
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind not in FAMILIES and kind.__module__.startswith("emobility_core"):
            found.add(kind)
    return sorted(found, key=lambda kind: kind.__qualname__)


LEAVES = _leaves()
each_leaf = pytest.mark.parametrize("leaf", LEAVES, ids=[leaf.__name__ for leaf in LEAVES])


def test_there_are_no_refusals_beside_the_families() -> None:
    ours = {one for one in EmobilityError.__subclasses__() if one.__module__.startswith("emobility_core")}
    assert ours == set(FAMILIES)
    assert len(LEAVES) > 30


@each_leaf
def test_a_refusal_belongs_to_one_family(leaf: type[EmobilityError]) -> None:
    assert sum(issubclass(leaf, family) for family in FAMILIES) == 1


def test_no_two_refusals_share_a_code() -> None:
    codes = [leaf.code for leaf in LEAVES]
    assert sorted(codes) == sorted(set(codes))


@each_leaf
def test_a_code_is_stable_kebab_case_of_its_own(leaf: type[EmobilityError]) -> None:
    assert "code" in vars(leaf)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", leaf.code)


@each_leaf
def test_a_refusal_says_its_cause_in_one_sentence_and_its_remedy(leaf: type[EmobilityError]) -> None:
    cause, _, rest = (inspect.getdoc(leaf) or "").partition("\n\n")
    assert re.fullmatch(r"[A-Z][^.]*\.", " ".join(cause.split())), cause
    remedy = re.search(r"Remedy: .+\.", " ".join(rest.split()))
    assert remedy, rest


@each_leaf
def test_a_refusal_carries_its_module_into_a_public_name(leaf: type[EmobilityError]) -> None:
    public = leaf.__module__.rsplit("._", 1)[0]
    assert getattr(importlib.import_module(public), leaf.__name__) is leaf


def test_a_refusal_reads_as_its_cause_with_its_facts() -> None:
    text = str(AlreadyTaken("identity", "CP-1"))
    assert text == ("Another record already has a value that must be unique. (field=identity, value=CP-1)")
    assert AlreadyTaken("identity", "CP-1").fields() == {"field": "identity", "value": "CP-1"}


def test_a_refusal_can_be_raised_from_another_and_carries_notes() -> None:
    with pytest.raises(StaleWrite) as caught:
        try:
            raise KeyError
        except KeyError as error:
            refusal = StaleWrite(id=None)  # type: ignore[arg-type]
            refusal.add_note("seen twice")
            raise refusal from error
    assert isinstance(caught.value.__cause__, KeyError)
