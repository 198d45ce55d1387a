"""The page in a headless browser. With the demo's bundles in runs/, it renews the screenshots."""

import io
import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from cyclemlp.serving.page.examples import example
from cyclemlp.serving.page.routes import add_page

from ..served import served
from .small import ROOT, demo_models

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

_FLAGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
_PATIENCE = 60_000  # milliseconds, on a machine with other work


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as driver:
        path = shutil.which("chromium") or None  # None: the one that playwright installed
        running = driver.chromium.launch(executable_path=path, args=_FLAGS)
        yield running
        running.close()


@pytest.fixture(params=[1200, 390])
def width(request):
    return request.param


@pytest.fixture
def page(browser, client):
    yield from opened(browser, client)


def opened(browser, client, width=1200):
    """Open the page; afterwards nothing may have been asked of another host, nor failed."""
    context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(_PATIENCE)
    sync_api.expect.set_options(timeout=_PATIENCE)
    own, others, errors = str(client.base_url), [], []
    context.on("request", lambda one: others.append(one.url) if _foreign(one.url, own) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(own)
    yield page
    context.close()
    assert not others, "the page asks another host"
    assert not errors


def _foreign(url, own):
    return not url.startswith((own, "blob:", "data:"))


def choose(page, example="scene 1"):
    page.get_by_role("button", name=example).click()
    page.get_by_role("img", name=f"The chosen picture, {example}").wait_for()


def pixels(page):
    return page.locator("#result canvas").evaluate("canvas => canvas.toDataURL()")


def test_the_test_of_other_hosts_can_fail():
    assert _foreign("https://fonts.googleapis.com/css2", "http://127.0.0.1:1")
    assert not _foreign("http://127.0.0.1:1/v1/models", "http://127.0.0.1:1")


def test_the_browser_itself_refuses_other_hosts(browser, client):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(str(client.base_url))
        script = "fetch('http://example.invalid/').then(() => 'sent', error => String(error))"
        with page.expect_event("console") as refused:
            assert "Failed to fetch" in page.evaluate(script)
        assert "Content Security Policy" in refused.value.text


def test_classes_are_bars(page):
    choose(page)
    page.locator("#task").select_option("classify")
    rows = page.locator("#result .bars li")
    sync_api.expect(rows).to_have_count(3)
    assert re.search(r"\d+ ms.*cpu.*classify", page.locator("#result .facts").inner_text())
    shares = [float(text.split()[0]) for text in page.locator(".bars .value").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_masks_have_opacity_switches_and_an_edge_to_move(page):
    choose(page)
    page.locator("#task").select_option("segment")
    canvas = page.locator("#result canvas")
    canvas.wait_for()
    before = pixels(page)
    page.get_by_role("slider", name="Opacity").fill("1")
    assert pixels(page) != before
    full = pixels(page)
    page.locator("#result .legend input").first.uncheck()
    assert pixels(page) != full
    page.get_by_role("slider", name="Share of the original").fill("0.25")
    assert "25%" in canvas.evaluate("canvas => canvas.style.clipPath")


def test_boxes_have_a_threshold_and_names(page):
    choose(page)
    page.locator("#task").select_option("instance")
    page.locator("#result canvas").wait_for()
    page.get_by_role("slider", name="Lowest score").fill("1")
    label = page.locator("#result canvas")
    assert "with nothing" in label.get_attribute("aria-label")
    assert "lower the slider" in page.locator("#result .facts").first.inner_text()
    empty = pixels(page)
    page.get_by_role("slider", name="Lowest score").fill("0.05")
    assert re.search(r"with \d+ (ground|disc|square)", label.get_attribute("aria-label"))
    assert pixels(page) != empty


def test_picture_mask_and_json_are_saved(page, client):
    choose(page)
    page.locator("#task").select_option("segment")
    saved = {}
    for kind in ("picture", "mask", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Save {kind}").click()
        saved[download.value.suggested_filename] = Path(download.value.path()).read_bytes()
    files = {"file": ("scene 1.png", example(0))}
    asked = client.post("/v1/predict", files=files, params={"model": "segment"}).json()
    assert json.loads(saved["scene 1.json"])["prediction"] == asked["prediction"]
    mask = {"params": {"model": "segment", "picture": "mask"}, "headers": {"Accept": "image/png"}}
    assert saved["scene 1-mask.png"] == client.post("/v1/predict", files=files, **mask).content
    assert saved["scene 1-drawn.png"].startswith(b"\x89PNG")


def test_pictures_come_from_files_drop_paste_and_camera(page, tmp_path):
    file = tmp_path / "mine.png"
    file.write_bytes(example(1))
    page.locator("#file").set_input_files(file)
    page.get_by_text("mine.png: 320 × 256").wait_for()
    give = """([kind, name, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
        const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: data })
            : new DragEvent(kind, { dataTransfer: data });
        dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        page.evaluate(give, [kind, f"{kind}.png", list(example(3))])
        page.get_by_text(f"{kind}.png: 32 × 32").wait_for()
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_role("button", name="Take the picture").click()
    page.get_by_text("camera picture: ").wait_for()


def test_a_file_that_is_no_picture_is_explained(page, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("hello")
    page.locator("#file").set_input_files(file)
    assert "not a picture" in page.get_by_role("alert").inner_text()
    choose(page)
    sync_api.expect(page.get_by_role("alert")).to_be_hidden()


def test_the_inside_of_a_network_is_shown(page):
    choose(page)
    page.get_by_role("tab", name="Look inside").click()
    page.get_by_label("Height").fill("1")
    page.get_by_label("Width").fill("5")
    page.get_by_label("Width").press("Tab")
    page.get_by_text("0 → (0, 0), 1 → (0, 1), 2 → (0, 2)").wait_for()
    page.locator("#field-place").click(position={"x": 40, "y": 40})
    page.get_by_text(re.compile(r"At \d+ % from the left.*half of the influence")).wait_for()
    page.locator("#field-place").press("ArrowRight")
    page.get_by_role("img", name="Effective receptive field").wait_for()


def test_two_networks_are_compared(page):
    choose(page)
    page.get_by_role("tab", name="Compare").click()
    page.locator("#left-result .bars").wait_for()
    page.locator("#right-result canvas").wait_for()
    page.locator("#left-model").select_option("instance")
    page.locator("#left-result canvas").wait_for()


def test_it_is_used_by_keyboard_alone(page):
    def tab_to(name):
        for _ in range(40):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText"
            )
            if name in (focused or ""):
                return
        raise AssertionError(f"the tab key does not reach {name}")

    tab_to("scene 2")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus cannot be seen"
    page.keyboard.press("Enter")
    page.get_by_role("img", name="The chosen picture, scene 2").wait_for()
    tab_to("Predict")
    tab_to("Task")
    page.keyboard.press("ArrowDown")
    page.locator("#result canvas").wait_for()
    tab_to("Share of the original")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    clip = page.locator("#result canvas").evaluate("canvas => canvas.style.clipPath")
    assert "5%" in clip
    page.locator("#tab-predict").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#inside").is_visible()


_CONTRAST = """() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => numbers(color).slice(0, 3).map((part) => part / 255)
        .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (element) => {
        while (element) {
            const color = getComputedStyle(element).backgroundColor;
            if (numbers(color)[3] !== 0) return color;
            element = element.parentElement;
        }
        return "rgb(255, 255, 255)";
    };
    const texts = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility()
        && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
    return texts.map((one) => {
        const [a, b] = [getComputedStyle(one).color, ground(one)].map(luminance);
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.textContent.trim()];
    });
}"""


def test_it_can_be_read_at_every_width(browser, client, width):
    for page in opened(browser, client, width):
        choose(page)
        for tab in ("Predict", "Look inside", "Compare"):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(200)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            contrasts = page.evaluate(_CONTRAST)
            assert len(contrasts) > 10
            assert min(contrasts)[0] >= 4.5, min(contrasts)


def test_without_a_model_it_says_how_to_get_one(browser):
    with served(empty=True, extend=add_page) as client:
        for page in opened(browser, client):
            assert "cyclemlp demo" in page.get_by_role("alert").inner_text()
            choose(page)
            page.get_by_role("tab", name="Look inside").click()
            assert page.locator("table.kernel td").count() == 9


@pytest.fixture(scope="module")
def shown():
    models = demo_models()
    if not models:
        pytest.skip("runs/ has no demo, whose networks the screenshots show: cyclemlp demo")
    with served(*models, extend=add_page) as client:
        yield client


def keep(page, name):
    """Write a screenshot with few colours, which a repository keeps for ever."""
    image = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    few = image.quantize(128, Image.Quantize.MAXCOVERAGE)  # keeps colors of small areas, as of keys
    few.save(ROOT / "docs" / "images" / name, optimize=True)


def test_screenshots(browser, shown, width):
    for page in opened(browser, shown, width):
        choose(page)
        page.locator("#task").select_option("segment")
        page.locator("#result canvas").wait_for()
        page.get_by_role("slider", name="Share of the original").fill("0.4")
        keep(page, f"app-predict-{width}.png")
        page.get_by_role("tab", name="Look inside").click()
        page.locator("#field-model").select_option("segment")
        page.get_by_role("img", name="Effective receptive field").wait_for()
        page.get_by_text("half of the influence").wait_for()
        keep(page, f"app-inside-{width}.png")
        page.get_by_role("tab", name="Compare").click()
        page.locator("#left-model").select_option("segment")
        page.locator("#right-model").select_option("detect")
        page.locator("#right-result canvas").wait_for()
        page.get_by_role("slider", name="Lowest score").fill("0.25")
        keep(page, f"app-compare-{width}.png")


def test_a_service_that_does_not_answer_is_named(browser, client):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(str(client.base_url))
        page.route("**/page/predict*", lambda route: route.abort())
        page.get_by_role("button", name="scene 1").click()
        sync_api.expect(page.get_by_role("alert")).to_contain_text("The service does not answer")
