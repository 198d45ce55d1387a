from cyclemlp.tasks.common.palette import palette


def test_palettes_have_distinct_colours():
    for count in (1, 20, 150):
        assert len(set(palette(count))) == count
