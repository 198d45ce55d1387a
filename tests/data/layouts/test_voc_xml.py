import pytest

from cyclemlp.data.layouts.finding import open_detection
from cyclemlp.data.report.inspecting import inspect_splits
from cyclemlp.data.report.usable import usable


@pytest.mark.parametrize("size", [("30.0", "20.0"), (0, 0), ("", ""), (30, 20)])
def test_stated_sizes(voc, size):
    file = voc / "Annotations/a.xml"
    tags = "<width>{}</width><height>{}</height>"
    file.write_text(file.read_text().replace(tags.format(30, 20), tags.format(*size)))
    assert open_detection(str(voc), "train")[0].target["size"] == (20, 30)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<annotation>", "not XML, or cut off: no element found"),
        (
            '<?xml version="1.0" encoding="gb2312"?><annotation/>',
            "its encoding cannot be read; save it as UTF-8",
        ),
        (
            '<?xml version="1.0" encoding="no"?><annotation/>',
            "its encoding cannot be read; save it as UTF-8",
        ),
        ("<html/>", "its root element is <html>, not <annotation>"),
        (
            "<annotation><size><width>wide</width></size></annotation>",
            r"its width and height are whole numbers, got \['wide', '0'\]",
        ),
        ("<annotation><object/></annotation>", "object 1 has no name"),
        (
            "<annotation><object><name>a</name></object></annotation>",
            r"object 1 \(a\) has no bndbox of 4 numbers",
        ),
        (
            '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><annotation>&c;</annotation>',
            "a document type is not allowed",
        ),
        (None, "no such file"),
    ],
)
def test_unusable_xml_is_a_fault(voc, content, reason):
    file = voc / "Annotations/b.xml"
    file.unlink() if content is None else file.write_text(content)
    split = open_detection(str(voc), "train")
    report = inspect_splits({"train": split})
    with pytest.raises(ValueError, match=rf"b\.jpg \(its annotation {file}: {reason}.*skip"):
        usable(split, report, "stop")
    assert len(usable(split, report, "skip")) == 2
