"""Runs every benchmark and writes the results page."""

from datetime import UTC, datetime

from benchmarks import agent_memory, fleet_page, ingest
from benchmarks.result import Row, write_page


def main() -> None:
    """Run them one after another, so that none disturbs another."""
    rows: list[Row] = []
    for name, measure in (("ingest", ingest.rows), ("agent memory", _agent), ("fleet page", _page)):
        print(f"measuring: {name} …", flush=True)
        found = measure()
        for row in found:
            print(
                f"  {row.what}: {row.ratio:.2f} against {row.against} (target {row.target}); {row.detail}", flush=True
            )
        rows += found
    write_page(rows, datetime.now(UTC).date())


def _agent() -> list[Row]:
    return [agent_memory.measure()]


def _page() -> list[Row]:
    return [fleet_page.measure()]


if __name__ == "__main__":
    main()
