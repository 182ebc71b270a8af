"""Axe (WCAG 2.2 A and AA, best practice) over the desk: both languages, light and dark, desk and phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import PHONE, WIDE, Open

pytestmark = pytest.mark.browser
PATHS = {
    "tech": ("/", "/fleet", "/fleet?q=nothing-like-it", "/assets/YX-NORTH1PRINTER", "/assets/YX-KIT1", "/no-such-page"),
    "coord": ("/",),
    "teach": ("/",),
    "": ("/sign-in",),
}
VIEWS = (("zh-CN", "light", WIDE), ("zh-CN", "dark", PHONE), ("en", "dark", WIDE), ("en", "light", PHONE))


@pytest.mark.parametrize(("locale", "theme", "size"), VIEWS)
@pytest.mark.parametrize("person", list(PATHS))
def test_axe_finds_nothing(open_page: Open, person: str, locale: str, theme: str, size: tuple[int, int]) -> None:
    page = open_page(person, locale, theme, size)
    for path in PATHS[person]:
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
