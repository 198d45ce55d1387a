import json

import pytest

from cyclemlp.data.transforms.preprocessing import Preprocessing


def test_preprocessing_round_trips_through_json():
    pre = Preprocessing((224, 192), 0.9, "bicubic", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert Preprocessing.from_dict(json.loads(json.dumps(pre.to_dict()))) == pre


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": (0, 8)}, "image_size"),
        ({"crop_pct": 1.5}, "crop_pct"),
        ({"interpolation": "cubic"}, "one of nearest, bilinear, bicubic, lanczos, got 'cubic'"),
        ({"std": (1.0, 1.0, 0.0)}, "std above 0"),
    ],
)
def test_values_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Preprocessing(**({"image_size": (8, 8)} | change))
