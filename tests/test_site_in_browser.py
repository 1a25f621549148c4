"""The site in a browser: opened from files, on a screen and on a phone, in light and dark."""

import shutil

import pytest
from test_site import gather

from tlcourse.course import site as building

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SCREEN, PHONE = (1280, 900), (390, 844)
# One page of each kind; the code of a whole lesson would take axe-core half a minute.
KINDS = [
    "index",
    "times",
    "notebooks/12_model_hubs",
    "notebooks/exercises/05_fine_tuning",
]


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip(
        "playwright.sync_api", reason='Playwright is not installed: pip install -e ".[browser]"'
    )
    if not CHROMIUM:
        pytest.skip("No Chromium on this machine: the site is not looked at in a browser.")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def window(browser):
    """A function: a window of that size; `said` collects what its console and its network say."""

    def open_window(size, scheme="light"):
        shown = browser.new_page(
            viewport=dict(zip(("width", "height"), size, strict=True)), color_scheme=scheme
        )
        shown.said = []
        shown.on("console", lambda one: one.type == "error" and shown.said.append(one.text))
        shown.on("pageerror", lambda error: shown.said.append(str(error)))
        shown.on("request", lambda one: one.url.startswith("http") and shown.said.append(one.url))
        opened.append(shown)
        return shown

    opened = []
    yield open_window
    for one in opened:
        one.close()


def test_every_page_fits_a_phone_and_makes_no_error(site, window):
    phone, wide = window(PHONE), []
    for path in sorted(site.rglob("*.html")):
        if "_static" not in path.parts:
            phone.goto(path.as_uri())
            if phone.evaluate("document.documentElement.scrollWidth") > PHONE[0]:
                wide.append(path.name)
    assert wide == [] and phone.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(site, window, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    shown, serious = window(SCREEN, scheme), []
    for name in KINDS:
        shown.goto((site / f"{name}.html").as_uri())
        shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        parts = {"include": [[".quiz"], ["summary"], ["main img"], ["main table"]]}
        whole = not name.startswith("notebooks/12")
        for found in axe.run(shown, context=None if whole else parts).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                serious.append(f"{name}: {found['id']}: {found['nodes'][0]['html'][:120]}")
    assert serious == []


def test_figures_stand_on_white_and_quizzes_on_the_page_in_the_dark(site, window):
    shown = window(SCREEN, "dark")
    shown.goto((site / "notebooks" / "05_fine_tuning.html").as_uri())
    ground = "one => getComputedStyle(one).backgroundColor"
    assert shown.locator("main img").first.evaluate(ground) == "rgb(255, 255, 255)"
    assert shown.locator(".text_html:has(.quiz)").evaluate(ground) == "rgba(0, 0, 0, 0)"


def test_a_choice_opens_by_keyboard(site, window):
    shown = window(SCREEN)
    shown.goto((site / "notebooks" / "12_model_hubs.html").as_uri())
    first = shown.locator(".quiz details").first
    first.locator("summary").focus()
    shown.keyboard.press("Enter")
    assert first.evaluate("one => one.open")


def test_the_search_finds_words_without_a_network(site, window):
    shown = window(SCREEN)
    shown.goto((site / "search.html").as_uri() + "?q=Mahalanobis")
    shown.locator("#search-results li a").first.wait_for(timeout=60_000)
    shown.get_by_text("Search finished").wait_for(timeout=60_000)
    assert {"notebooks/08_resnet50.html", "glossary.html"} <= {
        link.split("#")[0].split("?")[0]
        for link in shown.locator("#search-results li a").evaluate_all(
            "found => found.map(one => one.getAttribute('href'))"
        )
    }
    assert shown.said == []


def test_the_course_is_printed(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(building, "_gather", gather("# A lesson"))
    printed = building.print_site(tmp_path / "course.pdf")
    assert printed.read_bytes().startswith(b"%PDF")
    assert [path.name for path in tmp_path.iterdir()] == ["course.pdf"]
