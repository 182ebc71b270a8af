"""An edge node made with somebody else's library is taken in, shown, and metered from births and `State`."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

import tests.fleet_server.ingest
from tests.peers import peer_python
from tests.system.peers.conftest import Site

pytestmark = pytest.mark.peer

NODE = "foreign-1"
SCRIPT = Path(tests.fleet_server.ingest.__file__).with_name("foreign_node.py")


def test_a_pysparkplug_node_is_accepted_shown_and_its_use_counted(site: Site) -> None:
    server, code = site.server, site.school.codes["F-1"]
    command = [str(peer_python("pysparkplug==0.6.1")), str(SCRIPT), str(site.broker.port)]
    edges: list[datetime] = []
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE) as peer:
        assert peer.stdin is not None
        begun = datetime.now(UTC)
        server.wait_for(NODE, "standby")
        for line, state in (("in_use 48.5", "in_use"), ("standby 0.4", "standby")):
            edges.append(datetime.now(UTC))
            peer.stdin.write(line + "\n")
            peer.stdin.flush()
            shown = server.wait_for(NODE, state)
            edges.append(datetime.now(UTC))
        server.until(lambda: server.metric(NODE, "Telemetry/Power") == 0.4, "the last reading")
        node = server.get(f"/nodes/{NODE}")
        page = server.ask("GET", "/fleet")
        peer.stdin.write("stop\n")
        peer.stdin.flush()
        server.wait_for(NODE, "unknown")
    assert (node["status"], node["liveness"], node["organization_id"]) == ("foreign", "online", "org_school")
    assert node["properties"]["Properties/Hardware Make"] == "Someone"
    assert NODE in [one["id"] for one in server.get("/nodes")["items"]]
    assert page.status_code == 200
    assert code in page.text
    assert shown["asset_code"] == code
    (used,) = [one for one in server.spans(shown["id"], begun, edges[-1]) if one["state"] == "in_use"]
    start, end = datetime.fromisoformat(used["start"]), datetime.fromisoformat(used["end"])
    assert floor(edges[0]) <= start <= edges[1]
    assert floor(edges[2]) <= end <= edges[3]
    evidence = server.evidence(code, begun, edges[-1])
    assert evidence["row"]["used_s"] == pytest.approx((end - start).total_seconds())


def floor(moment: datetime) -> datetime:
    """Return a moment cut to the millisecond, the wire's grain."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
