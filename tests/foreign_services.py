"""The offline engine as a program of its own, and as a service that remembers every request byte for byte."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from client.offline.server import make_app

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 20.0


@contextmanager
def offline_program(log: Path, *options: str) -> Iterator[str]:
    """Run `python -m client.offline` on a free port of this computer, and give its address."""
    with log.open("wb") as written:
        command = [sys.executable, "-m", "client.offline", "--port", "0", *options]
        program = subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=subprocess.STDOUT)  # noqa: S603 - our own module
    try:
        yield _announced(log, program)
    finally:
        program.terminate()
        program.wait(PATIENCE)


def _announced(log: Path, program: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and program.poll() is None:
        _, found, rest = log.read_text().partition("running on ")
        if found and " " in rest:
            return rest.split()[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


@dataclass
class Recorder:
    """Hands every request on to the offline engine, and keeps the POSTs."""

    heard: list[Heard] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        self._engine = make_app()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts, more = bytearray(), True
        while more:
            message = await receive()
            parts += message.get("body", b"")
            more = message.get("more_body", False)
        body = bytes(parts)
        if scope["method"] == "POST":
            headers = {name.decode(): text.decode() for name, text in scope["headers"]}
            self.heard.append(Heard(scope["method"], scope["path"], headers, body))
        again: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def read() -> Message:
            return again.pop() if again else await receive()

        await self._engine(scope, read, send)

    def take(self) -> list[Heard]:
        """Return what was heard, and forget it."""
        heard, self.heard = self.heard, []
        return heard


@contextmanager
def recorder() -> Iterator[Recorder]:
    """Run a recorder on a free port of this computer."""
    service = Recorder()
    server = uvicorn.Server(uvicorn.Config(service, port=0, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while not server.started:
            assert thread.is_alive(), "the recorder ended"
            assert time.monotonic() < deadline, "the recorder did not start"
            time.sleep(0.01)
        service.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield service
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def run_foreign(name: str, addresses: list[str], typed: str, home: Path) -> dict[str, Any]:
    """Let the package of this name edit pictures at each address, in a process that cannot leave this computer."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_PROXY": "*", "no_proxy": "*", "PYTHONUTF8": "1"}
    command = [sys.executable, str(ROOT / "tests" / "foreign_clients.py"), name, *addresses]
    done = subprocess.run(  # noqa: S603 - our own script
        command,
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environ,
        cwd=home,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
