"""A limit is shared exactly: never exceeded, nothing left over, nobody favoured but by the strategy."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from emobility_core.smart_charging import Demand, Strategy, allocate

ALL = frozenset({0, 1, 2})
FAIR, PRIORITY = Strategy.FAIR, Strategy.PRIORITY

phases = st.sampled_from([ALL, frozenset({0}), frozenset({1}), frozenset({2}), frozenset({0, 1})])
limits = st.tuples(*[st.integers(0, 1000)] * 3)


@st.composite
def demand_lists(draw: st.DrawFn) -> list[Demand]:
    count = draw(st.integers(0, 6))
    return [
        Demand(
            key=f"s{number}",
            phases=draw(phases),
            most=draw(st.integers(0, 400)),
            least=draw(st.sampled_from([60, 60, 80])),
            priority=draw(st.integers(0, 2)),
            point=draw(st.sampled_from([None, "p", "q"])),
        )
        for number in range(count)
    ]


points = st.fixed_dictionaries({"p": st.integers(0, 400), "q": st.integers(0, 400)})


def alike(count: int, most: int = 320) -> list[Demand]:
    return [Demand(key=f"s{number}", phases=ALL, most=most) for number in range(count)]


def test_thirty_two_amperes_for_three_are_ten_and_a_bit_each() -> None:
    assert allocate((320, 320, 320), alike(3)) == {"s0": 107, "s1": 107, "s2": 106}


def test_what_one_cannot_use_the_others_get() -> None:
    demands = [*alike(2), Demand(key="slow", phases=ALL, most=70)]
    assert allocate((320, 320, 320), demands) == {"s0": 125, "s1": 125, "slow": 70}


def test_who_draws_on_one_phase_leaves_the_others_free() -> None:
    one = Demand(key="one", phases=frozenset({0}), most=160)
    two = Demand(key="two", phases=frozenset({1}), most=160)
    assert allocate((160, 160, 160), [one, two]) == {"one": 160, "two": 160}


def test_where_not_all_can_charge_some_pause_and_with_each_turn_others() -> None:
    given = [allocate((130, 130, 130), alike(5), turn=turn) for turn in range(5)]
    assert all(sorted(turn.values()) == [0, 0, 0, 65, 65] for turn in given)
    charged = Counter(key for turn in given for key, current in turn.items() if current)
    assert set(charged.values()) == {2}


def test_the_urgent_get_all_they_want_once_everybody_has_its_least() -> None:
    urgent = Demand(key="urgent", phases=ALL, most=160, priority=5)
    assert allocate((320, 320, 320), [*alike(2), urgent], PRIORITY) == {"s0": 80, "s1": 80, "urgent": 160}
    assert allocate((130, 130, 130), [*alike(2), urgent], PRIORITY) == {"s0": 60, "s1": 0, "urgent": 70}


def test_sessions_of_one_point_share_what_it_carries() -> None:
    demands = [Demand(key=key, phases=ALL, most=320, point="post") for key in "ab"]
    assert allocate((630, 630, 630), demands, points={"post": 320}) == {"a": 160, "b": 160}


@given(limits, demand_lists(), st.sampled_from(Strategy), points, st.integers(0, 9))
def test_no_phase_and_no_point_gets_more_than_its_limit(
    limit: tuple[int, int, int], demands: list[Demand], strategy: Strategy, caps: dict[str, int], turn: int
) -> None:
    shares = allocate(limit, demands, strategy, points=caps, turn=turn)
    for phase in range(3):
        assert sum(shares[one.key] for one in demands if phase in one.phases) <= limit[phase]
    for point, cap in caps.items():
        assert sum(shares[one.key] for one in demands if one.point == point) <= cap
    for one in demands:
        assert shares[one.key] == 0 or one.least <= shares[one.key] <= one.most


def bottleneck(
    one: Demand,
    demands: list[Demand],
    limit: tuple[int, int, int],
    caps: dict[str, int],
    shares: dict[str, int],
) -> list[list[Demand]]:
    """The groups that the demand is in and that have nothing left."""
    groups = [([d for d in demands if phase in d.phases], limit[phase]) for phase in one.phases]
    if one.point is not None:
        groups.append(([d for d in demands if d.point == one.point], caps[one.point]))
    return [group for group, most in groups if sum(shares[d.key] for d in group) >= most]


@given(limits, demand_lists(), st.sampled_from(Strategy), points, st.integers(0, 9))
def test_nothing_is_left_over_that_a_charging_session_could_use(
    limit: tuple[int, int, int], demands: list[Demand], strategy: Strategy, caps: dict[str, int], turn: int
) -> None:
    shares = allocate(limit, demands, strategy, points=caps, turn=turn)
    for one in demands:
        if 0 < shares[one.key] < one.most:
            assert bottleneck(one, demands, limit, caps, shares)


@given(limits, demand_lists(), points, st.integers(0, 9))
def test_it_is_max_min_fair(
    limit: tuple[int, int, int], demands: list[Demand], caps: dict[str, int], turn: int
) -> None:
    """Whoever wants more meets a bound in which nobody has more than a tenth above it, but for its least."""
    shares = allocate(limit, demands, FAIR, points=caps, turn=turn)
    for one in demands:
        if 0 < shares[one.key] < one.most:
            assert any(
                all(shares[other.key] <= max(shares[one.key] + 1, other.least) for other in group)
                for group in bottleneck(one, demands, limit, caps, shares)
            )


@given(limits, demand_lists(), st.integers(0, 9))
def test_nobody_pauses_for_somebody_less_urgent(
    limit: tuple[int, int, int], demands: list[Demand], turn: int
) -> None:
    same = [Demand(key=one.key, phases=ALL, most=one.most, priority=one.priority) for one in demands]
    shares = allocate(limit, same, PRIORITY, turn=turn)
    able = [one for one in same if one.most >= one.least]
    for urgent in able:
        for other in able:
            if urgent.priority > other.priority:
                assert shares[urgent.key] >= min(shares[other.key], urgent.most)


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 6), st.sampled_from(Strategy))
def test_a_higher_limit_is_never_less_in_all(low: int, more: int, count: int, strategy: Strategy) -> None:
    before = allocate((low,) * 3, alike(count), strategy)
    after = allocate((low + more,) * 3, alike(count), strategy)
    assert sum(after.values()) >= sum(before.values())
    if all(before.values()):
        assert all(after[key] >= before[key] for key in before)


@given(limits, demand_lists(), st.sampled_from(Strategy), points)
def test_the_order_in_which_demands_are_named_changes_nothing(
    limit: tuple[int, int, int], demands: list[Demand], strategy: Strategy, caps: dict[str, int]
) -> None:
    mixed = sorted(demands, key=lambda one: one.key, reverse=True)
    assert allocate(limit, demands, strategy, points=caps) == allocate(limit, mixed, strategy, points=caps)


@given(st.integers(60, 600), st.integers(1, 7))
def test_over_a_round_of_turns_everybody_charges_alike(limit: int, count: int) -> None:
    rounds = [allocate((limit,) * 3, alike(count), turn=turn) for turn in range(count)]
    sums = {key: sum(turn[key] for turn in rounds) for key in rounds[0]}
    assert max(sums.values()) - min(sums.values()) <= 1 * count
