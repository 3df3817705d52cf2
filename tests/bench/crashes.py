"""Kills the program 500 times at random moments, and says what became of its edits (aim: nothing paid for is lost)."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from crash_report import check, crash
from paid_service import PaidService

KILLS: Final = 500
SECONDS: Final = 0.3


def main() -> None:
    """Crash, check and count."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crashes-") as name, PaidService().running() as service:
        crash(Path(name), service, kills=KILLS, seconds=SECONDS)
        states = check(Path(name), service)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    sys.stdout.write(
        f"{KILLS} times kill -9 in {time.monotonic() - started:.0f} s: {len(service.posts)} edits were sent, "
        f"none of them twice; the journal is intact and says {counts}\n"
    )


if __name__ == "__main__":
    main()
