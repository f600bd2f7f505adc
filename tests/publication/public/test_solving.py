"""What sums can be is found by few questions about all of them, and of the rest one by one."""

import numpy as np
import pytest

from orchestration.publication.public import solving
from orchestration.publication.public.solving import Equation, System, Target, worked_out

LIMITS = {"x": (0, 1000), "y": (0, 1000), "z": (0, 1000)}
AGAINST_ITSELF = {
    "an equation beyond its bounds": [Equation((("x", 1),), 2000, 2000, "too much")],
    "a ring of which each is more than the next": [
        Equation(((more, 1), (less, -1)), 1, 1000, "more")
        for more, less in (("x", "y"), ("y", "z"), ("z", "x"))
    ],
}


def counts(number: int) -> tuple[dict, list[Equation], list[Target]]:
    """So many pairs of parts with their total, of which both parts are wide."""
    bounds, equations, targets = {}, [], []
    for at in range(number):
        one, other = ("one", at), ("other", at)
        bounds |= {one: (0, 90), other: (0, 90)}
        equations.append(Equation(((one, 1), (other, 1)), 60, 70, "the total"))
        targets += [Target(one, ((one, 1),)), Target(other, ((other, 1),))]
    return bounds, equations, targets


@pytest.mark.parametrize("against", AGAINST_ITSELF.values(), ids=AGAINST_ITSELF)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_part_that_nothing_fits_takes_no_examples_from_the_others(monkeypatch, against, is_first):
    asked = []

    def one_by_one(_bounds, _equations, targets, _either):
        asked.extend(target.name for target in targets)
        return iter(())

    monkeypatch.setattr(solving, "_one_by_one", one_by_one)
    bounds, equations, targets = counts(50)
    own = [Target(name, ((name, 1),)) for name in LIMITS]
    order = own + targets if is_first else targets + own
    assert not list(worked_out(bounds | LIMITS, equations + against, order, {}))
    assert {*asked} == {name for one in against for name, _ in one.weights}


def test_only_examples_of_the_way_that_is_asked_for_show_a_number_wide():
    system = System.of({"part": (0, 100), "way": (0, 1)}, [Equation((("part", 1),), 0, 100, "")])
    system.examples = [np.array(one) for one in ([3, 0], [4, 0], [60, 1], [90, 1])]
    part = Target("part", (("part", 1),))
    assert [system.values_seen(part, "way", chosen) for chosen in (0, 1)] == [2, 31]
    assert system.values_seen(part) == 88
    assert system.values_seen(Target("twice", (("part", 2),)), "way", 0) == 3
