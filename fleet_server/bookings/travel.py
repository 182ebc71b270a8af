"""Minutes on the road between one organization and all others, read at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from fleet_server.organizations.models import TravelTime
from fleet_server.organizations.service import UNKNOWN_TRAVEL_MINUTES


@dataclass(frozen=True, slots=True)
class Travel:
    """The travel times that touch one organization, one direction standing in for a missing other."""

    organization_id: str
    there: Mapping[str, int]
    back: Mapping[str, int]

    def to_user(self, place_id: str) -> int:
        """Return minutes from a place to the organization."""
        if place_id == self.organization_id:
            return 0
        return self.there.get(place_id, self.back.get(place_id, UNKNOWN_TRAVEL_MINUTES))

    def from_user(self, place_id: str) -> int:
        """Return minutes from the organization to a place."""
        if place_id == self.organization_id:
            return 0
        return self.back.get(place_id, self.there.get(place_id, UNKNOWN_TRAVEL_MINUTES))

    def round_trip(self, before_id: str, later_id: str) -> tuple[timedelta, timedelta]:
        """Return the way from where a thing is to the organization, and from there to where it goes."""
        return timedelta(minutes=self.to_user(before_id)), timedelta(minutes=self.from_user(later_id))


def travel_of(session: Session, organization_id: str) -> Travel:
    """Read the travel times from and to an organization in one query."""
    touching = (TravelTime.to_id == organization_id) | (TravelTime.from_id == organization_id)
    there: dict[str, int] = {}
    back: dict[str, int] = {}
    for one in session.exec(select(TravelTime).where(touching).order_by(col(TravelTime.from_id))):
        if one.to_id == organization_id:
            there[one.from_id] = one.minutes
        else:
            back[one.to_id] = one.minutes
    return Travel(organization_id, there, back)
