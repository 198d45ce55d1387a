from pathlib import Path

from ..conftest import picture

XML = """<annotation><size><width>30</width><height>20</height></size>{}</annotation>"""

OBJECT = (
    "<object><name>{}</name><difficult>{}</difficult><bndbox><xmin>{}</xmin><ymin>{}</ymin>"
    "<xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
)


def entry(root: Path, name: str, content: str = OBJECT.format("cow", 0, 1, 1, 30, 20)) -> None:
    for file in (root / f"JPEGImages/{name}.JPG", root / f"Annotations/{name}.xml"):
        file.parent.mkdir(exist_ok=True)
    picture((30, 20)).save(root / f"JPEGImages/{name}.JPG")
    (root / f"Annotations/{name}.xml").write_text(XML.format(content))
