"""Two languages: every text translated once and for all, the reader's choice of language."""

import re

import pytest
from starlette.requests import Request

from fleet_server.core.scope import Viewer
from fleet_server.web.i18n import accepted_locale, catalogue_files, locale_of, name_of, read_catalogue, translator
from tests.fleet_server.web.catalogues import texts_used

CHINESE_READER = Viewer("p", "周明", "Zhou Ming", "zh-CN", ())


def asked(cookie: str = "", accept: str = "") -> Request:
    headers = [(b"cookie", f"locale={cookie}".encode())] if cookie else []
    headers += [(b"accept-language", accept.encode())] if accept else []
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers})


def test_every_text_in_use_is_translated() -> None:
    known = set().union(*(read_catalogue(path) for path in catalogue_files("zh-CN")))
    missing = {text: place for text, place in texts_used().items() if text not in known}
    assert missing == {}


def test_no_two_domains_translate_one_text_differently() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for path in catalogue_files("zh-CN"):
        for text, chinese in read_catalogue(path).items():
            kept = seen.setdefault(text, (chinese, str(path)))
            assert kept[0] == chinese, f"{text!r}: {kept[1]} says {kept[0]}, {path} says {chinese}"


def test_a_translation_fills_the_same_places_as_its_text() -> None:
    for path in catalogue_files("zh-CN"):
        for text, chinese in read_catalogue(path).items():
            places = set(re.findall(r"%\((\w+)\)s", text))
            assert places == set(re.findall(r"%\((\w+)\)s", chinese)), f"{path}: {text!r}"


def test_chinese_is_set_with_full_width_marks_and_spaces_beside_figures() -> None:
    for path in catalogue_files("zh-CN"):
        for text, chinese in read_catalogue(path).items():
            assert not re.search(r"[\u4e00-\u9fff][,;!?:]|[,;!?:][\u4e00-\u9fff]", chinese), f"{path}: {text!r}"
            assert not re.search(
                r"[\u4e00-\u9fff][A-Za-z]|[A-Za-z0-9][\u4e00-\u9fff]", re.sub(r"%\(\w+\)s", "", chinese)
            ), f"{path}: {text!r}"


def test_a_plural_follows_english_and_one_form_serves_chinese() -> None:
    english, chinese = translator("en"), translator("zh-CN")
    forms = ("%(count)s device", "%(count)s devices")
    assert english.plural(*forms, 1) == "1 device"
    assert english.plural(*forms, 2) == "2 devices"
    assert chinese.plural(*forms, 1).replace("\u00a0", " ") == "1 台"


@pytest.mark.parametrize(
    ("cookie", "accept", "viewer", "expected"),
    [
        ("en", "zh-CN", CHINESE_READER, "en"),
        ("", "en", CHINESE_READER, "zh-CN"),
        ("", "en-GB,zh;q=0.5", None, "en"),
        ("", "zh-TW", None, "zh-CN"),
        ("fr", "fr", None, "zh-CN"),
        ("", "", None, "zh-CN"),
    ],
)
def test_the_cookie_wins_over_the_person_and_the_person_over_the_browser(
    cookie: str, accept: str, viewer: Viewer | None, expected: str
) -> None:
    assert locale_of(asked(cookie, accept), viewer) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("zh;q=0.1,en;q=0.9", "en"), ("en;q=x,zh", "zh-CN"), (";q=,,", "zh-CN"), ("en;q=0", "zh-CN")],
)
def test_a_strange_accept_language_is_no_error(header: str, expected: str) -> None:
    assert accepted_locale(header) == expected


def test_a_name_that_is_missing_in_one_language_is_shown_in_the_other() -> None:
    assert name_of(CHINESE_READER, "en") == "Zhou Ming"
    assert name_of(Viewer("p", "周明", "", "en", ()), "en") == "周明"
