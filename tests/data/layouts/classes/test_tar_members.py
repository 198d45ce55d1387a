import pytest

from cyclemlp.data.layouts.finding import open_classification

from ..tar_data import write_tar


def test_a_file_that_is_not_a_tar_is_refused(tmp_path):
    (tmp_path / "pets").mkdir()
    (tmp_path / "pets/train.tar").write_bytes(b"x" * 2000)
    with pytest.raises(ValueError, match=r"train\.tar is not a complete, uncompressed tar file"):
        open_classification(str(tmp_path / "pets"), "train")


@pytest.mark.parametrize("missing", [100, 512, 512 + 100, 1024])
def test_a_truncated_tar_is_refused(tmp_path, missing):
    """The file ends within an image, within a header, or between two members."""
    tar = tmp_path / "pets/train.tar"
    write_tar(tar, [(f"cat/{i}.png", bytes([i]) * 512) for i in range(3)])
    whole = tar.read_bytes()
    assert len(open_classification(str(tmp_path / "pets"), "train")) == 3
    tar.write_bytes(whole[: 3 * 1024 - missing])
    with pytest.raises(ValueError, match=r"train\.tar is not a complete, uncompressed tar file"):
        open_classification(str(tmp_path / "pets"), "train")
