from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.tasks.common.windows import starts


@given(st.integers(1, 400), st.integers(1, 100), st.floats(0, 0.9))
def test_windows_cover_the_side_with_the_minimum_overlap(length, window, overlap):
    found = starts(length, window, overlap)
    assert found[0] == 0
    assert found == sorted(set(found))
    assert max(found[-1] + window, length) == max(length, window)
    for one, other in pairwise(found):
        assert other - one <= max(1, window * (1 - overlap)) + 1  # starts are integers
