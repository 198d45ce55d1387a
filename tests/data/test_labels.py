import pytest

from cyclemlp.data.labels import ignore_index, label_map


def test_labels_follow_the_given_classes():
    assert label_map("pets", ["cat", "dog"]) == {0: 0, 1: 1}
    assert label_map("pets", ["cat", "dog"], ["dog", "bird", "cat"]) == {0: 2, 1: 0}


def test_an_unknown_class_is_named():
    with pytest.raises(ValueError, match=r"pets has unknown classes: 'dog'; the classes are 'cat'"):
        label_map("pets", ["cat", "dog"], ["cat"])


def test_the_ignore_index_is_not_a_label():
    assert [ignore_index(classes) for classes in (2, 255, 256)] == [255, 255, 65535]
