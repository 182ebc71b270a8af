"""What other domains ask of utilization: re-opening days whose facts changed."""

from collections.abc import Iterable

from sqlmodel import Session

from fleet_server.utilization import marks
from fleet_server.utilization.marks import pending, reopen

__all__ = ["pending", "reopen", "reopen_assets"]


def reopen_assets(session: Session, asset_ids: Iterable[str], from_ms: int, until_ms: int) -> None:
    """Mark [from_ms, until_ms) of assets to be computed again: their holder, owner, claims or calendar changed."""
    marks.reopen(session, ((asset_id, from_ms, until_ms) for asset_id in asset_ids))
