import sys

import pytest

from cyclemlp.serving.turns import brief_turns


def test_turns_are_brief_within_the_context_only():
    before = sys.getswitchinterval()
    with pytest.raises(KeyError), brief_turns():
        assert sys.getswitchinterval() < before
        raise KeyError
    assert sys.getswitchinterval() == before
