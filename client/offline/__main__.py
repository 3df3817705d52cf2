"""Serve the offline engine for other tools: `python -m client.offline --port 8000`."""

import argparse
import math
from collections.abc import Sequence

import uvicorn

from client.offline.server import make_app

LONGEST_DELAY = 600.0
"""Seconds; the client waits no longer for an answer."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m client.offline", description="Serve the offline engine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=_port, default=8000, help="port to listen on (default: 8000; 0: any free one)")
    parser.add_argument("--delay", type=_delay, default=0.0, help="seconds to wait before each answer (default: 0)")
    chosen = parser.parse_args(arguments)
    uvicorn.run(make_app(chosen.delay), host=chosen.host, port=chosen.port)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - ports are 16 bit
        message = "a port is a number from 0 to 65535"
        raise argparse.ArgumentTypeError(message)
    return port


def _delay(text: str) -> float:
    delay = float(text)
    if not (math.isfinite(delay) and 0 <= delay <= LONGEST_DELAY):
        message = f"a delay is a number of seconds from 0 to {LONGEST_DELAY:g}"
        raise argparse.ArgumentTypeError(message)
    return delay


if __name__ == "__main__":
    main()
