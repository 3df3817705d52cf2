"""The app as a person starts it, `python app.py`, with settings of its own and a folder that the test can look into."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 90.0
# Settings of whoever runs the tests: none of them may reach the app.
FOREIGN = ("QWEN_EDIT_", "GRADIO_", "SPACE_")


@dataclass(frozen=True)
class RunningApp:
    """Where the page is, and where its results and what it printed are."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def results(self) -> list[Path]:
        return sorted(self.home.glob("results/*/*.png"))

    @property
    def printed(self) -> str:
        return (self.home / "printed.txt").read_text(encoding="utf-8")

    def wait_for_results(self, count: int) -> None:
        """Wait until there are as many stored results."""
        deadline = time.monotonic() + PATIENCE
        while len(self.results) < count:
            assert time.monotonic() < deadline, f"only {len(self.results)} of {count} results were stored"
            time.sleep(0.05)

    def result(self, content: bytes) -> Path:
        """Return a stored result that has exactly these bytes."""
        found = next((path for path in self.results if path.read_bytes() == content), None)
        assert found, "no stored result has these bytes"
        return found


@contextmanager
def running_app(home: Path, *, port: int = 0, program: str = "app.py", **settings: str) -> Iterator[RunningApp]:
    """Run the app, or a `program` that runs it in its own way, until the end of the block or until the test ends it."""
    port = port or free_port()
    with (home / "printed.txt").open("ab") as printed:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, program], cwd=ROOT, env=_environment(home, port, settings), stdout=printed, stderr=printed
        )
    app = RunningApp(f"http://127.0.0.1:{port}", home, process)
    try:
        _await_page(app, process)
        yield app
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _environment(home: Path, port: int, settings: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN) and not name.lower().endswith("_proxy")
    }
    return kept | {
        "QWEN_EDIT_HOME": str(home),
        "GRADIO_SERVER_PORT": str(port),
        **settings,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _await_page(app: RunningApp, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    with httpx.Client(trust_env=False) as browser:
        while True:
            assert process.poll() is None, f"the app ended by itself:\n{app.printed}"
            assert time.monotonic() < deadline, f"the app did not start:\n{app.printed}"
            try:
                if browser.get(app.url).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
