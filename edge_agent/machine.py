"""What the box says of itself: who it is, how it is, whether it is going down."""

import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from telemetry import births
from telemetry.metrics import Value

_DMI = Path("/sys/class/dmi/id")
_DEVICE_TREE = Path("/proc/device-tree")


def agent_version() -> str:
    """Return the version of this software."""
    try:
        return version("classroom-fleet")
    except PackageNotFoundError:
        return "0"


def node_facts(make: str, model: str, serial: str) -> dict[str, str]:
    """Return what the node birth says of the box; what the settings leave open the machine is asked."""
    return {
        births.AGENT_VERSION: agent_version(),
        births.OPERATING_SYSTEM: f"{platform.system()} {platform.release()}",
        births.HARDWARE_MAKE: make or _machine_text("sys_vendor"),
        births.HARDWARE_MODEL: model or _machine_text("product_name", "model"),
        births.NODE_SERIAL: serial or _machine_text("product_serial", "serial-number"),
    }


def _machine_text(dmi: str, tree: str = "") -> str:
    for path in (_DMI / dmi, _DEVICE_TREE / tree if tree else None):
        try:
            if path is not None:
                return path.read_text(encoding="utf-8", errors="replace").strip("\x00\n ")[:80]
        except OSError:
            continue
    return ""


def machine_health(data: Path) -> Callable[[], Mapping[str, Value]]:
    """Return a function that measures processor, memory, the disk under a folder, temperature and uptime."""

    def measure() -> dict[str, Value]:
        disk = shutil.disk_usage(data)
        return {
            births.CPU_PERCENT: psutil.cpu_percent(),
            births.MEMORY_PERCENT: psutil.virtual_memory().percent,
            births.DISK_PERCENT: round(100 * disk.used / disk.total, 1) if disk.total else None,
            births.TEMPERATURE: _temperature(),
            births.UPTIME: int(time.time() - psutil.boot_time()),
        }

    return measure


def _temperature() -> float | None:
    if not hasattr(psutil, "sensors_temperatures"):
        return None
    readings = [entry.current for group in psutil.sensors_temperatures().values() for entry in group if entry.current]
    return max(readings, default=None)


def is_stopping() -> bool:
    """Tell whether the machine itself is going down; False where the system cannot say."""
    try:
        asked = subprocess.run(["systemctl", "is-system-running"], capture_output=True, text=True, timeout=3)
    except (OSError, subprocess.SubprocessError):
        return False
    return asked.stdout.strip() == "stopping"
