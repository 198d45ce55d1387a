import random

import pytest

from cyclemlp.data.splitting import divide

_NAMES = [f"/{group}/{number}.jpg" for group in ("cat", "dog") for number in range(20)]
_GROUPS = [name[1:4] for name in _NAMES]
_VAL = {  # the first 4 of each group by the SHA-256 of the name
    "/cat/0.jpg",
    "/cat/3.jpg",
    "/cat/8.jpg",
    "/cat/13.jpg",
    "/dog/6.jpg",
    "/dog/9.jpg",
    "/dog/13.jpg",
    "/dog/16.jpg",
}


def chosen(names, groups, fraction=0.2):
    return {names[index] for index in divide(names, groups, fraction)[1]}


def test_each_group_is_divided():
    train, val = divide(_NAMES, _GROUPS, 0.2)
    assert sorted(train + val) == list(range(40))
    assert [_GROUPS[index] for index in val] == ["cat"] * 4 + ["dog"] * 4


def test_the_division_is_the_same_on_every_machine_and_in_every_order():
    assert chosen(_NAMES, _GROUPS) == _VAL
    order = random.Random(0).sample(range(40), 40)
    assert chosen([_NAMES[i] for i in order], [_GROUPS[i] for i in order]) == _VAL
    windows = [name.replace("/", "\\") for name in _NAMES]
    assert {name.replace("\\", "/") for name in chosen(windows, _GROUPS)} == _VAL


def test_composed_and_decomposed_letters_are_the_same_name():
    names = [f"é{number}" for number in range(10)]
    others = [f"e\u0301{number}" for number in range(10)]
    assert divide(names, [0] * 10, 0.3) == divide(others, [0] * 10, 0.3)


def test_an_added_sample_exchanges_at_most_one_other():
    before = chosen(_NAMES, _GROUPS)
    after = chosen([*_NAMES, "/cat/new.jpg"], [*_GROUPS, "cat"])
    assert len(before - after) <= 1


def test_small_groups_and_large_fractions_leave_something_in_training():
    assert divide(["a"], [0], 0.9) == ([0], [])
    assert [len(part) for part in divide(["a", "b"], [0, 0], 0.01)] == [1, 1]
    assert [len(part) for part in divide(["a", "b", "c"], [0, 0, 0], 0.99)] == [1, 2]


@pytest.mark.parametrize("fraction", [0, 1, -0.2, 20, float("nan")])
def test_a_fraction_out_of_range_is_refused(fraction):
    with pytest.raises(ValueError, match=r"--val-fraction must be between 0 and 1, such as 0\.2"):
        divide(["a"], [0], fraction)


def test_copies_of_an_image_are_not_divided():
    """Roboflow writes several augmented copies of each training image."""
    hashes = ("0a1b2c3d4e5f", "99ffee00aa11", "Zz0019abcdef")
    names = [f"train/{n}_jpg.rf.{text}.jpg" for n in range(40) for text in hashes]
    _, val = divide(names, [0] * len(names), 0.2)
    parts = [names[index].partition(".rf.")[0] for index in val]
    whole = [name for name in set(parts) if parts.count(name) == 3]
    assert len(val) == 24
    assert len(whole) == len(set(parts)) == 8
