import numpy as np
from faster_coco_eval import mask as coco_mask
from hypothesis import given
from hypothesis import strategies as st

from cyclemlp.data.run_lengths import compressed, run_lengths


@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 3000), st.floats(0, 1))
def test_compressed_run_lengths_equal_cocos(seed, height, width, share):
    mask = np.random.default_rng(seed).random((height, width)) < share
    coded = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
    assert compressed(run_lengths(mask)) == coded["counts"].decode("ascii")
