import pytest

from cyclemlp.data.layouts.classes.class_folder import ClassFolder


@pytest.fixture
def split(folders):
    return ClassFolder(folders / "train", "train")
