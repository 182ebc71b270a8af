"""The commands a technician types: what they print, in which language, and how they end."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_agent.__main__ import main
from edge_agent.terminal import is_chinese
from telemetry.plan import Plan, save_plan
from telemetry.states import UnknownCause
from telemetry.topics import MessageType
from tests.edge_agent.districts import plan_of
from tests.edge_agent.mini_host import MiniHost
from tests.servers import Broker

K = MessageType
Process = subprocess.Popen[bytes]
StartAgent = Callable[..., Process]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


def settings_file(folder: Path, port: int, plan: Plan | None = None, driver: str = "simulated_smart_board") -> Path:
    """A settings file with one simulated device."""
    save_plan(plan or plan_of(port, 1, 60_000, 400_000_000), folder / "plan.json")
    path = folder / "agent.toml"
    path.write_text(
        f"""
        [node]
        id = "n-7"
        site = "s-1"
        data = "data"
        [broker]
        host = "127.0.0.1"
        port = {port}
        reconnect_spread_seconds = 0.5
        [[device]]
        key = "board"
        driver = "{driver}"
        poll_seconds = 0.2
        settings = {{ plan = "{folder}/plan.json", device = "d-0-0" }}
        """,
        encoding="utf-8",
    )
    return path


@pytest.fixture
def agent() -> Iterator[StartAgent]:
    """Starts agents as processes of their own; those still running at the end are killed."""
    started: list[Process] = []

    def start(*arguments: object) -> Process:
        command = [sys.executable, "-m", "edge_agent", *map(str, arguments)]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(10)


def test_check_says_that_good_settings_are_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--settings", str(settings_file(tmp_path, 1883))]) == 0
    assert capsys.readouterr().out == "The settings are good: 1 devices, node n-7\n"


def test_check_speaks_chinese_where_the_environment_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert main(["check", "--settings", str(settings_file(tmp_path, 1883))]) == 0
    assert "配置可用" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('site = "s-1"', "", "node.site is missing"),
        ("simulated_smart_board", "flying_carpet", "device board: there is no driver 'flying_carpet'"),
        ('device = "d-0-0"', "devise = 1", "device board: simulated_smart_board has no setting devise"),
        (', device = "d-0-0"', "", "device board: device must be set"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_wrong_settings_end_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, before: str, after: str, said: str
) -> None:
    path = settings_file(tmp_path, 1883)
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    assert main([command, "--settings", str(path)]) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count(str(path)) == 1
    assert line.count("\n") == 1


def test_status_of_an_agent_that_never_ran_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--settings", str(settings_file(tmp_path, 1883))]) == 1
    assert "No agent is running" in capsys.readouterr().err


def test_drivers_lists_keys_titles_and_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers"]) == 0
    out = capsys.readouterr().out
    assert "projector_pjlink: " in out
    assert "    host* (text): " in out


def test_probe_shows_one_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings_file(tmp_path, 1883)
    plan = f"plan={tmp_path}/plan.json"
    assert main(["probe", "simulated_smart_board", "--set", plan, "--set", "device=d-0-0", "--looks", "1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("standby")
    assert "serial SN-d-0-0" in out
    assert "Hours powered on" in out


def test_probe_of_a_device_that_cannot_be_read_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--set", f"plan={tmp_path}/none.json", "--set", "device=d", "--looks", "1"]
    assert main(["probe", "simulated_smart_board", *arguments]) == 1
    assert "No reading (InvalidSettings)" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["probe", "flying_carpet"], ["probe", "simulated_smart_board", "--set", "plan"]])
def test_probe_with_wrong_arguments_ends_with_2(arguments: list[str]) -> None:
    assert main(arguments) == 2


def test_simulate_of_a_file_that_is_no_plan_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plan.json"
    path.write_text("[]", encoding="utf-8")
    assert main(["simulate", str(path), "--data", str(tmp_path)]) == 2
    assert "The plan cannot be used" in capsys.readouterr().err


def test_run_watches_reports_and_ends_in_order_when_asked(
    broker: Broker, host: MiniHost, tmp_path: Path, agent: StartAgent
) -> None:
    path = settings_file(tmp_path, broker.port)
    process = agent("run", "--settings", path)
    host.wait(lambda: host.states("n-7", "board") == ["standby"])
    assert agent("run", "--settings", path).wait(30) == 1, "one journal, one agent"
    process.terminate()
    assert process.wait(30) == 0
    host.wait_for(K.NDEATH)
    host.wait(lambda: host.states("n-7", "board") == ["standby", "unknown"])


def test_status_of_a_running_agent_tells_its_devices(
    broker: Broker, host: MiniHost, tmp_path: Path, agent: StartAgent, capsys: pytest.CaptureFixture[str]
) -> None:
    path = settings_file(tmp_path, broker.port)
    agent("run", "--settings", path)
    host.wait(lambda: host.states("n-7", "board"))
    status = tmp_path / "data" / "status.json"
    host.wait(lambda: json.loads(status.read_text(encoding="utf-8"))["devices"]["board"]["state"] == "standby", 40)
    assert main(["status", "--settings", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "  board: standby"


def test_a_killed_agent_leaves_unknown_not_a_guess(
    broker: Broker, host: MiniHost, tmp_path: Path, agent: StartAgent
) -> None:
    path = settings_file(tmp_path, broker.port)
    process = agent("run", "--settings", path)
    host.wait(lambda: host.states("n-7", "board") == ["standby"])
    process.kill()
    process.wait(30)
    agent("run", "--settings", path)
    host.wait(lambda: host.states("n-7", "board") == ["standby", "unknown", "standby"])
    assert host.transitions("n-7", "board")[1].cause == UnknownCause.AGENT_KILLED


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [({"LANG": "zh_CN.UTF-8"}, True), ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, False), ({}, False)],
)
def test_the_first_variable_that_is_set_decides_the_language(environment: dict[str, str], chinese: bool) -> None:
    assert is_chinese(environment) is chinese


def test_the_agent_imports_nothing_of_the_server() -> None:
    code = (
        "import sys, edge_agent.__main__; heavy = {'fastapi', 'pydantic', 'sqlmodel', 'sqlalchemy', 'jinja2', "
        "'fleet_server', 'cryptography'}; sys.exit(', '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""
