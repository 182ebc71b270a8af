"""Third-party software as test peers, each in a Python environment of its own under `var/peers/`."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent / "var" / "peers"


def peer_python(*requirements: str, interpreter: str = sys.executable) -> Path:
    """Return the interpreter of an environment that holds the packages, made by pip the first time it is asked for.

    A peer often pins what we cannot (`pysparkplug` needs paho-mqtt below 2), so it never shares our environment.
    """
    name = requirements[0].split("=")[0].split("[")[0]
    mark = hashlib.sha256(
        "\n".join((sys.version if interpreter == sys.executable else interpreter, *requirements)).encode()
    ).hexdigest()[:10]
    folder = _ROOT / f"{name}-{mark}"
    python = folder / "bin" / "python"
    _ROOT.mkdir(parents=True, exist_ok=True)
    with (_ROOT / f"{name}-{mark}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            subprocess.run([interpreter, "-m", "venv", "--clear", str(folder)], check=True)
            command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
            subprocess.run(command, check=True)
            (folder / "ready").touch()
    return python


def find_interpreter(version: str) -> str | None:
    """Look for a working `python<version>` on the path and in the usual folders; None where there is none.

    `CLASSROOM_FLEET_PYTHON<digits>` (`CLASSROOM_FLEET_PYTHON313`) names one that lies elsewhere.
    """
    named = os.environ.get(f"CLASSROOM_FLEET_PYTHON{version.replace('.', '')}", "")
    on_path = shutil.which(f"python{version}") or ""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python{version}"), reverse=True)
    for candidate in (
        named,
        on_path,
        *map(str, kept),
        f"/usr/local/bin/python{version}",
        f"/opt/python{version}/bin/python3",
    ):
        if candidate and _answers(candidate, version):
            return candidate
    return None


def _answers(interpreter: str, version: str) -> bool:
    """Tell whether it runs: a shim of pyenv may be there without the interpreter behind it."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version
