import numpy as np
import pytest
from PIL import Image

from cyclemlp.data.layouts.finding import open_segmentation

from ..mask_data import grid


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_masks_of_1_2_and_4_bits(root, bits):
    mask = Image.fromarray(grid(1, 1).astype(np.uint8))
    if bits == 1:
        mask.point(lambda value: 255 * value).convert("1").save(root / "masks/train/a.png")
    else:
        (root / "masks/train/a.png").write_bytes(gray_png(grid(1, 1), bits))
    split = open_segmentation(str(root), "train")
    assert split[0].target.flatten()[:3].tolist() == [1, 1, 0]


def gray_png(values: np.ndarray, bits: int) -> bytes:
    """Encode a gray PNG of 2 or 4 bits, which Pillow cannot write."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width = values.shape
    shifts = 2 ** np.arange(bits - 1, -1, -1)
    rows = (values[..., None] // shifts % 2).reshape(height, -1).astype(np.uint8)
    data = b"".join(b"\0" + np.packbits(row).tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
