import shutil

import pytest

from cyclemlp.data.layouts.finding import open_classification


@pytest.mark.parametrize("name", ["validation", "valid", "test"])
def test_an_alternative_name_of_val_is_used_and_noted(folders, name):
    (folders / "val").rename(folders / name)
    split = open_classification(str(folders), "val")
    assert len(split) == 4
    assert split.name == "val"
    assert split.notes == (f"split 'val' is read from {name!r}",)


def test_validation_is_preferred_to_test_and_two_names_are_ambiguous(folders):
    shutil.copytree(folders / "val", folders / "test")
    (folders / "val").rename(folders / "valid")
    assert open_classification(str(folders), "val").notes == ("split 'val' is read from 'valid'",)
    shutil.copytree(folders / "test", folders / "validation")
    with pytest.raises(
        ValueError, match="no split 'val', but both 'validation' and 'valid'; rename"
    ):
        open_classification(str(folders), "val")
