"""The laws page names a real test for each law."""

import re

from tests.gate.tree import ROOT


def test_each_law_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")
    laws = re.findall(r"^## (\d)\.", text, re.M)
    assert laws == [str(number) for number in range(1, 9)]
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", section)
        assert named, section[:40]
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), (path, test)
