import json
from pathlib import Path
from typing import Any

from ..conftest import picture

POLYGON = [[4.0, 5.0, 14.0, 5.0, 14.0, 11.0, 4.0, 11.0]]


def box(number: int, image: int, category: int, *bbox: float, **more: Any) -> dict[str, Any]:
    content = {"id": number, "image_id": image, "category_id": category, "bbox": list(bbox)}
    return content | {"segmentation": POLYGON, "area": 50, "iscrowd": 0} | more


def write(root: Path, annotations, split: str = "train", images=3, **more: Any) -> Path:
    (root / "images" / split).mkdir(parents=True, exist_ok=True)
    listed = []
    for number in range(images):
        name = f"{number}.jpg"
        picture((30, 20), number).save(root / "images" / split / name)
        listed.append({"id": 10 * number, "file_name": name, "width": 30, "height": 20})
    content = {
        "images": listed,
        "annotations": annotations,
        "categories": [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}],
    }
    (root / f"instances_{split}.json").write_text(json.dumps(content | more))
    return root


def edit(root: Path, **content: Any) -> None:
    file = root / "instances_train.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | content))
