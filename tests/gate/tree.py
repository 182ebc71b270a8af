"""The project's tracked files, as the gate reads them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("telemetry", "device_drivers", "provisioning", "edge_agent", "fleet_server")


def tracked(*patterns: str) -> list[Path]:
    """Return tracked and new, not ignored files that match the git patterns."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]
