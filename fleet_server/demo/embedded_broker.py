"""Runs the embedded broker in this process, on loopback: `python -m fleet_server.demo.embedded_broker PORT`."""

import logging
import sys

from fleet_server.demo.broker import PAYLOAD_LIMIT


def serve(port: int) -> None:
    """Serve until the process ends; the broker itself has no way to stop.

    Its default would listen on every address and refuse payloads over 20 KB.
    """
    from iotcore.iotcore import IotCoreBroker

    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)  # it reports every packet as an error otherwise
    IotCoreBroker(listen="127.0.0.1", port=port, max_payload_size=PAYLOAD_LIMIT).run_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
