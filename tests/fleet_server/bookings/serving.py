"""Real server processes over one database, and the campaign of operations run against the services."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from tests.servers import free_port, wait_for_port

_SERVE = """
import os, uvicorn
from fleet_server.app import create_app
from fleet_server.core.db import open_database
from fleet_server.core.settings import Settings
database = open_database(os.environ["FLEET_DATABASE_URL"])
app = create_app(database, Settings(writes_per_minute=100_000, write_burst=100_000, secret_key="test" * 8))
uvicorn.run(app, host="127.0.0.1", port=int(os.environ["FLEET_PORT"]), log_level="error", lifespan="off")
"""


@contextlib.contextmanager
def servers(database_url: str, count: int) -> Iterator[list[str]]:
    """Run server processes while the block lasts and give their addresses."""
    ports = [free_port() for _ in range(count)]
    running = []
    try:
        for port in ports:
            environment = {**os.environ, "FLEET_DATABASE_URL": database_url, "FLEET_PORT": str(port)}
            running.append(subprocess.Popen([sys.executable, "-c", _SERVE], env=environment))
        for port in ports:
            wait_for_port(port, 60)
        yield [f"http://127.0.0.1:{port}/api/v1" for port in ports]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)
