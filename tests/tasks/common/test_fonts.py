import pytest
from PIL import ImageFont

from cyclemlp.tasks.common import fonts
from cyclemlp.tasks.common.fonts import font_for


@pytest.fixture(autouse=True)
def _forget():
    yield
    fonts._name_for.cache_clear()


def test_english_keeps_pillows_font():
    found, default = font_for("cat 93%", 14), ImageFont.load_default(14)
    assert found.getlength("cat 93%") == default.getlength("cat 93%")


@pytest.mark.parametrize("text", ["Würfel & Kästchen", "Łódź", "Котик", "Γάτα"])
def test_other_letters_are_drawn(text, monkeypatch):
    monkeypatch.setattr(fonts, "_SYSTEM", ())  # matplotlib's font alone
    font = font_for(text, 14)
    drawn = {fonts._drawn(font, letter) for letter in text if letter != " "}
    assert len(drawn) == len(set(text) - {" "})
    assert fonts._drawn(font, "\uffff") not in drawn


def test_letters_that_no_font_has_are_boxes(monkeypatch):
    monkeypatch.setattr(fonts, "_names", lambda: iter(("no such font.ttf",)))
    assert font_for("Würfel", 14).getlength("W") == ImageFont.load_default(14).getlength("W")
