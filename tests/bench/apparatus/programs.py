"""Starts the app, what it is measured against and the service as programs of their own, and tells what they use."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import httpx
from space_check import ROOT, free_port, running

KEY: Final = "sk-bench-0000000000"

_HERE: Final = Path(__file__).resolve().parent
_PATIENCE: Final = 60.0
# Settings of whoever measures: none of them may reach the programs.
_FOREIGN: Final = ("MAKE", "QWEN_EDIT_", "GRADIO_", "SPACE_")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that answers on a port; `folder` holds what it writes."""

    port: int
    pid: int
    folder: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def home(self) -> Path:
        """The folder of the journal and the results."""
        return self.folder / "home"

    @property
    def memory(self) -> float:
        """The memory it has now, in MB."""
        return self._status("VmRSS") * 1024 / 1e6

    @property
    def most_memory(self) -> float:
        """The most memory it ever had, in MB."""
        return self._status("VmHWM") * 1024 / 1e6

    @property
    def threads(self) -> int:
        """How many threads it has."""
        return self._status("Threads")

    @property
    def open_files(self) -> int:
        """How many files and sockets it has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    @property
    def busy(self) -> float:
        """How many seconds it has kept a processor busy."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@contextmanager
def our_app(folder: Path, service: Program | None = None, **settings: str) -> Iterator[Program]:
    """Run the app, with a key for this service, until the block ends."""
    told = {"QWEN_EDIT_BASE_URL": service.url, "QWEN_EDIT_API_KEY": KEY} if service else {}
    with _started([ROOT / "app.py"], folder, settings=told | settings) as program:
        yield program


@contextmanager
def usual_app(folder: Path, service: Program) -> Iterator[Program]:
    """Run the same app written the usual way."""
    with _started([_HERE / "usual_app.py", service.url], folder) as program:
        yield program


@contextmanager
def waiting_app(folder: Path, seconds: float) -> Iterator[Program]:
    """Run a Gradio app whose edit only waits."""
    with _started([_HERE / "waiting_app.py", str(seconds)], folder) as program:
        yield program


@contextmanager
def empty_app(folder: Path) -> Iterator[Program]:
    """Run a Gradio app with nothing on its page."""
    with _started([_HERE / "empty_app.py"], folder) as program:
        yield program


@contextmanager
def slow_service(folder: Path) -> Iterator[Program]:
    """Run the service."""
    port = free_port()
    with _started([_HERE / "slow_service.py", str(port)], folder, port=port, path="/posts") as program:
        yield program


@contextmanager
def _started(
    command: Sequence[str | Path],
    folder: Path,
    *,
    port: int = 0,
    path: str = "/",
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Program]:
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    with running([sys.executable, *command], folder, _environment(folder, port) | dict(settings)) as process:
        program = Program(port, process.pid, folder)
        _wait(program, process, path)
        yield program


def _environment(folder: Path, port: int) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and not name.lower().endswith("_proxy")
    }
    return kept | {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "QWEN_EDIT_HOME": str(folder / "home"),
    }


def _wait(program: Program, process: subprocess.Popen[str], path: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    with httpx.Client(trust_env=False) as browser:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if browser.get(program.url + path).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.01)
    sys.exit(f"A program did not start:\n{(program.folder / 'output.txt').read_text(encoding='utf-8')}")


def load() -> str:
    """Say how busy the computer has been in the last minute, since it may be shared."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
