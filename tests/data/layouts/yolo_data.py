from pathlib import Path

from ..conftest import picture

BOX = "0 0.5 0.5 0.2 0.4"  # 12, 6, 18, 14 of 30 × 20
TRIANGLE = "1 0.1 0.1 0.5 0.1 0.5 0.6"  # 3, 2, 15, 12
YAML = "names: [cat, dog]\ntrain: images/train\nval: images/val\n"


def image(file: Path, labels: Path | None = None, text: str = "") -> Path:
    """Write an image of 30 × 20 pixels and, if given a path, its label file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture((30, 20)).save(file)
    if labels is not None:
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text(text)
    return file


def write(root: Path, *texts: str, split: str = "train", yaml: str = YAML) -> Path:
    """Write ``data.yaml`` and ``images/<split>/<number>.jpg`` with their labels."""
    root.mkdir(exist_ok=True)
    (root / "data.yaml").write_text(yaml)
    for number, text in enumerate(texts):
        labels = root / f"labels/{split}/{number}.txt"
        image(root / f"images/{split}/{number}.jpg", labels, text)
    return root
