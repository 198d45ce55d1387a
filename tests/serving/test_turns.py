import sys

from cyclemlp.serving.turns import brief_turns


def test_turns_are_brief_within_the_context_only():
    before = sys.getswitchinterval()
    with brief_turns():
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before
