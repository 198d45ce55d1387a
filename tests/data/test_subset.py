import numpy as np
from PIL import Image

from cyclemlp.data.layouts.classes.class_folder import ClassFolder
from cyclemlp.data.subset import Subset


def test_a_subset_keeps_order_and_names(folders):
    split = ClassFolder(folders / "train", "train")
    part = Subset(split, [9, 2])
    assert [part.source(i) for i in range(2)] == [split.source(9), split.source(2)]
    assert [list(part.labels(i)) for i in range(2)] == [[1], [0]]
    np.testing.assert_array_equal(
        np.asarray(part[1].image), np.asarray(Image.open(split.source(2)))
    )
