"""GET /assets: everything about an asset in one view."""

import pytest

from tests.fleet_server.desk.conftest import SignedIn


def codes(body: dict[str, list[dict[str, str]]]) -> set[str]:
    return {item["asset_code"] for item in body["items"]}


def test_one_view_holds_state_holder_owner_and_next_booking(as_person: SignedIn) -> None:
    found = as_person("tech").get("/api/v1/assets", params={"q": "NORTH1PRINTER"}).json()
    (asset,) = found["items"]
    assert found["total"] == 1
    assert (asset["state"], asset["holder"]["id"], asset["online"]) == ("in_use", "north", True)
    assert asset["next_booking"]["id"] == "out"
    assert asset["state_since"] == "2026-11-19T00:32:00Z"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"organization": "hill"}, {"YX-HILL1PRINTER", "YX-HILL2BOARD"}),
        ({"organization": "bureau", "state": "fault"}, {"YX-NORTH1BOARD"}),
        ({"capability": "recorder"}, {"YX-NORTH1RECORDER", "YX-RIVER1RECORDER"}),
        ({"state": "unconnected"}, {"YX-KIT1"}),
        ({"status": "retired"}, set()),
        ({"organization": "nowhere"}, set()),
    ],
)
def test_each_filter_keeps_what_meets_it(as_person: SignedIn, query: dict[str, str], expected: set[str]) -> None:
    assert codes(as_person("tech").get("/api/v1/assets", params=query).json()) == expected


def test_pages_by_cursor_give_every_asset_once(as_person: SignedIn) -> None:
    client, seen, cursor = as_person("tech"), [], None
    while True:
        query = {"page_size": "4"} | ({"cursor": cursor} if cursor else {})
        body = client.get("/api/v1/assets", params=query).json()
        seen += [item["asset_code"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == body["total"] == 10


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "WzEsMiwzLDQsNV0", "eyJhIjoxfQ"])
def test_a_forged_cursor_is_refused(as_person: SignedIn, cursor: str) -> None:
    assert as_person("tech").get("/api/v1/assets", params={"cursor": cursor}).status_code == 422


def test_an_asset_of_another_school_does_not_exist_for_a_teacher(as_person: SignedIn) -> None:
    client = as_person("teach")
    assert client.get("/api/v1/assets/YX-NORTH1PRINTER").status_code == 404
    assert client.get("/api/v1/assets/YX-KIT1").json()["owner"]["id"] == "river"


def test_the_tag_of_one_asset_is_its_version(as_person: SignedIn) -> None:
    assert as_person("tech").get("/api/v1/assets/YX-KIT1").headers["etag"] == '"1"'
