"""Serve the offline engine for other tools: `python -m client.offline --port 8000`."""

import argparse
import math
from collections.abc import Sequence

import uvicorn

from client.offline.server import make_app

LARGEST_PORT = 65535
LONGEST_DELAY = 600.0
"""Seconds; the client waits no longer for an answer."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m client.offline", description="Serve the offline engine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000; 0: any free one)")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds to wait before each answer (default: 0)")
    chosen = parser.parse_args(arguments)
    if not 0 <= chosen.port <= LARGEST_PORT:
        parser.error(f"argument --port: a port is a number from 0 to {LARGEST_PORT}")
    if not (math.isfinite(chosen.delay) and 0 <= chosen.delay <= LONGEST_DELAY):
        parser.error(f"argument --delay: a delay is a number of seconds from 0 to {LONGEST_DELAY:g}")
    uvicorn.run(make_app(chosen.delay), host=chosen.host, port=chosen.port)


if __name__ == "__main__":
    main()
