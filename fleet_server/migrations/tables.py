"""Imports every domain's tables, so that the metadata is whole, and lists what the tables alone cannot say."""

import importlib
import importlib.util

DOMAINS = (
    "core",
    "changes",
    "organizations",
    "people",
    "inventory",
    "schedule",
    "nodes",
    "usage",
    "bookings",
    "custody",
    "utilization",
)
"""Domains with a `models` module; a domain with triggers or exclusion constraints has a `constraints` module too."""


def load_tables() -> None:
    """Import the models of every domain."""
    for domain in DOMAINS:
        importlib.import_module(f"fleet_server.{domain}.models")


def constraints(dialect: str) -> list[str]:
    """Return the statements beyond `CREATE TABLE`, in order, for `sqlite` or `postgresql`."""
    statements: list[str] = []
    for domain in DOMAINS:
        name = f"fleet_server.{domain}.constraints"
        if importlib.util.find_spec(name) is not None:
            statements += getattr(importlib.import_module(name), dialect.upper())
    return statements
