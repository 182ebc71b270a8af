"""Imports every domain's tables, so that the metadata is whole."""

import importlib

DOMAINS = (
    "changes",
    "organizations",
    "people",
    "inventory",
    "schedule",
    "nodes",
    "usage",
    "bookings",
)


def load_tables() -> None:
    """Import the models of every domain."""
    for domain in DOMAINS:
        importlib.import_module(f"fleet_server.{domain}.models")
