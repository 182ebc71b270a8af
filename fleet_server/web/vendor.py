"""The build of what pages load from others: `python -m fleet_server.web.vendor` fills `static/vendor/`."""

import logging
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ISLANDS = Path(__file__).resolve().parent / "islands"
TARGET = Path(__file__).resolve().parent / "static" / "vendor"
log = logging.getLogger(__name__)


def build() -> list[Path]:
    """Install what package-lock.json names, bundle each island, and return the files made.

    Raises: CalledProcessError when npm or esbuild fails.
    """
    tools = Path(sys.executable).parent
    _run(tools / "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    TARGET.mkdir(parents=True, exist_ok=True)
    return [_bundle(tools, source) for source in sorted(ISLANDS.glob("*.js"))]


def _bundle(tools: Path, source: Path) -> Path:
    target = TARGET / source.name
    script = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    options = ("--bundle", "--minify", "--format=esm", "--target=es2020", "--legal-comments=eof")
    _run(tools / "node", str(script), str(source), *options, f"--outfile={target}", "--log-level=warning")
    return target


def _run(program: Path, *arguments: str) -> None:
    """Run one of the interpreter's tools; npm finds its node by the path."""
    path = os.pathsep.join((str(program.parent), os.environ.get("PATH", os.defpath)))
    subprocess.run([str(program), *arguments], cwd=ROOT, check=True, env=os.environ | {"PATH": path})


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for made in build():
        log.info("%s, %d KB", made.relative_to(ROOT), made.stat().st_size // 1024)
