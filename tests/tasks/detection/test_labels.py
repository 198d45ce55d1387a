"""Places of labels."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.tasks.detection.labels import place_labels

SIZE = (300, 200)
BOXES = st.lists(
    st.tuples(st.floats(-5, 290), st.floats(-5, 190), st.floats(1, 310), st.floats(1, 210)).map(
        lambda box: (box[0], box[1], max(box[0] + 1, box[2]), max(box[1] + 1, box[3]))
    ),
    max_size=20,
)


@given(BOXES, st.tuples(st.integers(10, 100), st.integers(8, 30)))
def test_labels_are_inside_the_image_and_not_on_each_other(boxes, label):
    places = place_labels(boxes, [label] * len(boxes), SIZE)
    found = [place for place in places if place is not None]
    assert not boxes or places[0] is not None
    for left, top, right, bottom in found:
        assert left >= 0
        assert top >= 0
        assert right <= SIZE[0] + 1e-6
        assert bottom <= SIZE[1] + 1e-6
    for one, other in combinations(found, 2):
        width = min(one[2], other[2]) - max(one[0], other[0])
        height = min(one[3], other[3]) - max(one[1], other[1])
        assert min(width, height) <= 1e-6


def test_a_label_is_above_its_box_and_below_another_one_if_that_is_there():
    lower, upper = (50, 100, 150, 150), (50, 40, 150, 98)
    assert place_labels([lower], [(60, 12)], SIZE) == [(50, 88, 110, 100)]
    assert place_labels([lower, upper], [(60, 12)] * 2, SIZE)[0] == (50, 150, 110, 162)
