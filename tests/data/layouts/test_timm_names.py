import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from PIL import Image

from cyclemlp.data.layouts.dividing import divided, part_of
from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.layouts.timm_names import is_timm_string


def test_a_folder_with_that_name_is_preferred(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_timm_string("torch/pets")
    (tmp_path / "torch/pets").mkdir(parents=True)
    assert not is_timm_string("torch/pets")
    assert not is_timm_string("data/pets")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("hfds/", r"--data hfds/: no name; expected hfds/NAME"),
        ("tfds/mnist", "tfds/ is not supported; use the same data through hfds/"),
        ("hfids/mnist", "hfids/ is not supported; a stream cannot be resumed exactly"),
        ("torch/mnist", r"does not say where its files are: torch/mnist\?root=DIR"),
        ("torch/nothing?root=x", "Unknown torchvision dataset nothing"),
        ("torch/mnist?rot=x", "no option rot; there are root, download"),
        ("wds/x?class_map=names.pkl", "class_map is a text file"),
    ],
)
def test_unsupported_strings_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        open_classification(data, "train")


def test_missing_data_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="add &download=true to fetch it"):
        open_classification(f"torch/mnist?root={tmp_path}", "train")
    with pytest.raises(FileNotFoundError, match="no such folder; shards are read from a local"):
        open_classification("wds/http://host/shards", "train")
    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(FileNotFoundError, match=r"class_map names\.txt: no such file"):
        open_classification(f"wds/{tmp_path}?class_map=names.txt", "train")


def test_torchvisions_training_images_are_divided_unless_a_split_is_named(folders):
    data = f"torch/image_folder?root={folders}"
    whole, division = divided(open_classification, data, 0.25)
    assert (len(division.train), len(division.val)) == (9, 3)
    assert len(part_of(whole, data, division, "val")) == 3
    with pytest.raises(ValueError, match="has a split for validation"):
        divided(open_classification, f"{data}&val=val", 0.25)


def test_what_the_hub_refuses_is_told(monkeypatch):
    library = ModuleType("datasets")
    library.__spec__ = ModuleSpec("datasets", None)

    def refuse(name):
        raise ConnectionError(f"Couldn't reach {name!r}\non the Hub")

    monkeypatch.setattr(library, "get_dataset_split_names", refuse, raising=False)
    monkeypatch.setitem(sys.modules, "datasets", library)
    told = r"^--data hfds/a/b: cannot be opened; check .* \(Couldn't reach 'a/b' on the Hub\)$"
    with pytest.raises(ValueError, match=told):
        open_classification("hfds/a/b", "train")
