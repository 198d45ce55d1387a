import pytest

from ..conftest import encoded, picture


@pytest.fixture
def damaged(folders):
    (folders / "train/cat/1.png").write_bytes(b"")
    (folders / "train/dog/4.png").write_bytes(encoded(picture((90, 90)))[:-300])
    (folders / "train/dog/notes.txt").write_text("not a picture")
    (folders / "train/stray.png").write_bytes(encoded(picture()))
    (folders / "train/.DS_Store").write_bytes(b"x")
    return folders
