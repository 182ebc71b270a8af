"""Starting and stopping ingest."""

from collections.abc import Sequence

from fleet_server.core.clock import Clock, to_ms
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.ingest.client import HostClient, Inbox
from fleet_server.ingest.writer import Writer


class Ingest:
    """A running ingest: one connection, one writer."""

    def __init__(self, client: HostClient, writer: Writer) -> None:
        self.client, self.writer = client, writer

    @property
    def connected(self) -> bool:
        """Whether the broker is connected and the writer runs."""
        return self.client.connected and self.writer.alive

    def stop(self) -> None:
        """Leave the broker, write what was received, end; safe to call twice."""
        self.client.stop()
        self.writer.stop()


def start(database: Database, settings: Settings, clock: Clock, sites: Sequence[str] = ()) -> Ingest:
    """Connect to the broker and write what comes into an open, migrated database until stopped.

    `sites` narrows it to those groups; then each process needs a host id of its own.
    """
    client = HostClient(settings, Inbox(), lambda: to_ms(clock()), sites)
    writer = Writer(database, client, clock)
    writer.start()
    client.start()
    return Ingest(client, writer)
