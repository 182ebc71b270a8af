"""Every text a person can see exists in both languages."""

import importlib
import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from tests.gate.tree import ROOT, tracked

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def catalog() -> dict[str, str]:
    """Return every Chinese text of every domain by its English one."""
    texts: dict[str, str] = {}
    for path in tracked("fleet_server/*/locale/zh_Hans.po"):
        with path.open("rb") as source:
            for message in read_po(source, locale="zh_Hans"):
                if isinstance(message.id, str) and message.id and not message.fuzzy:
                    texts[message.id] = str(message.string)
    return texts


def used() -> dict[str, str]:
    """Return every English text in templates and pages, with the file it stands in."""
    found: dict[str, str] = {}
    for path in tracked("fleet_server/*.html", "fleet_server/*.py"):
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        source = io.BytesIO(path.read_bytes())
        for _line, message, *_ in extract(method, source, keywords={"_": None, "gettext": None, "translate": None}):
            if isinstance(message, str):
                found[message] = str(path.relative_to(ROOT))
    return found


def test_every_text_of_the_pages_has_a_chinese_one() -> None:
    chinese = catalog()
    texts = used()
    assert len(texts) > 50
    assert {text: place for text, place in texts.items() if not chinese.get(text)} == {}


def test_translations_keep_the_placeholders() -> None:
    wrong = [
        english
        for english, chinese in catalog().items()
        if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(chinese))
    ]
    assert wrong == []


@pytest.mark.parametrize("path", tracked("fleet_server/*/messages.py"), ids=lambda path: path.parent.name)
def test_every_error_text_exists_in_both_languages(path: Path) -> None:
    messages = importlib.import_module(f"fleet_server.{path.parent.name}.messages").MESSAGES
    for code, (chinese, english) in messages.items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), code
        assert english, code
        assert not re.search(r"[\u4e00-\u9fff]", english), code
        assert sorted(PLACEHOLDER.findall(chinese)) == sorted(PLACEHOLDER.findall(english)), code


def test_every_error_code_has_a_text() -> None:
    known = {
        code
        for path in tracked("fleet_server/*/messages.py")
        for code in importlib.import_module(f"fleet_server.{path.parent.name}.messages").MESSAGES
    }
    raised: dict[str, str] = {}
    for path in tracked("fleet_server/*.py"):
        text = path.read_text(encoding="utf-8")
        codes = re.findall(r"^    code = \"(\w+)\"", text, re.M)
        codes += re.findall(r"\b(?:Invalid|Conflict|Forbidden|NotFound)\(\s*\"(\w+)\"", text)
        raised |= dict.fromkeys(codes, str(path.relative_to(ROOT)))
    assert len(raised) > 10
    assert {code: place for code, place in raised.items() if code not in known and code != "error"} == {}
