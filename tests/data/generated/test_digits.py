from collections import Counter

import numpy as np
from sklearn.datasets import load_digits

from cyclemlp.data.generated.digits import write_digits
from cyclemlp.data.layouts.finding import open_classification


def test_digits(tmp_path):
    root = write_digits(tmp_path / "digits")
    train, val = (open_classification(str(root), split) for split in ("train", "val"))
    assert train.classes == val.classes == tuple("0123456789")
    truths = np.asarray(load_digits(return_X_y=True)[1])
    assert len(train) + len(val) == len(truths)
    held_out = Counter(label for i in range(len(val)) for label in val.labels(i))
    for digit, count in Counter(truths.tolist()).items():
        assert abs(held_out[digit] - count / 5) < 1
    image, target = val[0]
    assert image.size == (32, 32)
    assert target == 0
    before = {file: file.read_bytes() for file in root.rglob("*.png")}
    write_digits(root)
    assert {file: file.read_bytes() for file in root.rglob("*.png")} == before
