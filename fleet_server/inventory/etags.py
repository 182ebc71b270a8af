"""Versions in `ETag` and `If-Match` headers."""

from fleet_server.core.errors import Stale


def etag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


def version_of(if_match: str | None) -> int | None:
    """Return the version a caller read, None when the caller does not mind.

    Raises: Stale for a tag that cannot be one of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Stale()
    return int(text)
