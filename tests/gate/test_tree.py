"""Sizes, and things that must not be in the tree."""

import json
import re

from tests.gate.tree import ROOT, tracked

LIMIT = 300
REGISTRY_URL = re.compile(r"https?://[^\s\"']+")


def test_no_module_is_longer_than_300_lines() -> None:
    modules = [path for path in tracked("*.py") if "/migrations/versions/" not in str(path)]
    assert modules
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    assert {name: count for name, count in lengths.items() if count > LIMIT} == {}


def test_the_tree_holds_no_protocol_buffer_sources_and_nothing_generated_from_them() -> None:
    assert tracked("*.proto", "*_pb2.py", "*_pb2.pyi") == []


def test_no_code_or_stylesheet_of_others_is_committed() -> None:
    assert tracked("fleet_server/web/static/vendor/*", "node_modules/*") == []
    assert [path.name for path in tracked("*.min.js", "*.min.css", "*.mo")] == []


def test_no_file_is_larger_than_600_kib() -> None:
    assert [str(path) for path in tracked() if path.stat().st_size > 600 * 1024] == []


def test_lock_files_pin_every_package_by_hash_and_name_no_registry() -> None:
    for path in tracked("requirements/*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "--index-url" not in text, path
        assert not REGISTRY_URL.search(text), path
        for block in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
            assert "--hash=sha256:" in block or block.startswith("#"), block[:80]


def test_the_script_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
