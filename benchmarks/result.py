"""One row of the results, and the page that holds them."""

import os
import platform
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import psutil

PAGE = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True, slots=True)
class Row:
    """A measured ratio: what, against what, in this run; `target` is the ratio aimed at, in words."""

    what: str
    against: str
    ratio: float
    target: str
    detail: str
    command: str

    def as_dict(self) -> dict[str, object]:
        """Return the row for JSON."""
        return asdict(self)


def machine() -> str:
    """Describe the machine in one line: processor, cores, memory, system, Python."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def write_page(rows: list[Row], today: date, page: Path = PAGE) -> None:
    """Write the results page anew."""
    lines = [
        "# Results",
        "",
        f"Measured on {today.isoformat()}: {machine()}. Repeat all with `make bench`.",
        "Machines differ and are shared: only the ratio of two figures taken in one run means anything.",
        "",
        "| what | against | ratio | target | detail | command |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row.what} | {row.against} | {row.ratio:.2f} | {row.target} | {row.detail} | `{row.command}` |"
        )
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
