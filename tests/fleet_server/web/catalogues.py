"""Finds every text of the product in templates and code, so that tests can hold it against the catalogues."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import nodes

from fleet_server.web import formats, navigation
from fleet_server.web.i18n import PACKAGE
from fleet_server.web.page import environment

TABLES = (formats.ABILITIES, formats.STATES, formats.KINDS, formats.LIVENESS, formats.CAUSES, formats.BOOKINGS)


def texts_used() -> dict[str, str]:
    """Return every msgid with a place that uses it; a plural text counts by its plural."""
    found = {text: "fleet_server/web/formats.py" for table in TABLES for text in table.values()}
    found |= {entry.title: "fleet_server/web/navigation.py" for entry in navigation.ENTRIES}
    found |= {title: "fleet_server/web/navigation.py" for _role, title in navigation.HOMES}
    found |= dict.fromkeys(navigation.ROLE_WORDS.values(), "fleet_server/web/navigation.py")
    for path in sorted(PACKAGE.glob("*/templates/**/*.html")):
        found |= {text: str(path.relative_to(PACKAGE)) for text in _in_template(path)}
    for path in sorted(PACKAGE.glob("*/*.py")):
        found |= {text: str(path.relative_to(PACKAGE)) for text in _in_code(path)}
    return found


def _in_template(path: Path) -> Iterator[str]:
    tree = environment("en").parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        texts = [arg.value for arg in call.args if isinstance(arg, nodes.Const) and isinstance(arg.value, str)]
        if name in ("_", "_n") and texts:
            yield texts[-1] if name == "_n" else texts[0]


def _in_code(path: Path) -> Iterator[str]:
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if isinstance(call.func, ast.Name) and call.func.id == "_" and texts:
            yield texts[0]
        if isinstance(call.func, ast.Attribute) and call.func.attr == "plural" and len(texts) == 2:
            yield texts[1]
