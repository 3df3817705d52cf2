"""Starts the app as a Space does: an empty environment with `sdk_version` of Gradio and requirements.txt, no more."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
START_LIMIT: Final = 90.0
HOST: Final = "someone-qwen-edit-studio.hf.space"
# What a Space installs beside requirements.txt, as its build log shows; the extras may forbid one of our pins.
SPACE_EXTRAS: Final = ("gradio[oauth,mcp]=={sdk_version}", "uvicorn>=0.14.0", "websockets>=10.4", "spaces")


def front_matter(text: str) -> Mapping[str, str]:
    """Return the settings between the two lines of dashes that a Space's README begins with."""
    _, block, _ = text.split("---\n", 2)
    settings: Mapping[str, str] = yaml.safe_load(block)
    return settings


def say(text: str) -> None:
    """Print one line at once, so that it stands before what the next command prints."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def call(command: Sequence[str | Path], text: str | None = None) -> None:
    """Run a command and end the check, with its output, if it fails."""
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def check_pins(sdk_version: str) -> None:
    """End the check if a Space could not install our pins beside what it adds by itself."""
    extras = "\n".join(SPACE_EXTRAS).format(sdk_version=sdk_version)
    wanted = f"{extras}\n{(ROOT / 'requirements.txt').read_text()}"
    call(
        [sys.executable, "-m", "uv", "pip", "compile", "--no-config", "--quiet", "--python-version", "3.11", "-"],
        wanted,
    )


def install(folder: Path, sdk_version: str) -> Path:
    """Make an environment with only what a Space gives the app; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    call([python, "-m", "pip", "install", "--quiet", f"gradio=={sdk_version}", "-r", ROOT / "requirements.txt"])
    call([python, "-m", "pip", "check"])
    return python


def copy_repository(folder: Path) -> None:
    """Copy the files that a push would carry: nothing that git ignores."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - the git on PATH
        cwd=ROOT,
        text=True,
    )
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def space_environment(home: Path, port: int) -> dict[str, str]:
    """Return the variables that a Space sets, and none of ours."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "SYSTEM": "spaces",
        "SPACE_ID": "someone/qwen-edit-studio",
        "SPACE_HOST": HOST,
        "GRADIO_SERVER_NAME": "0.0.0.0",  # noqa: S104 - as on a Space
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_NUM_PORTS": "1",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def running(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    """Run a program for as long as the block lasts."""
    with (folder / "output.txt").open("w") as output:
        program = subprocess.Popen(  # noqa: S603 - our own program
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True
        )
        try:
            yield program
        finally:
            program.terminate()
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


def ask_for_page(port: int, host: str) -> tuple[int, str]:
    """Return the status and the text of the page, asked for under the name that visitors use."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace")


def wait_for_page(program: subprocess.Popen[str], port: int, host: str) -> str:
    """Return what is wrong with the page, or nothing once it is there."""
    deadline = time.monotonic() + START_LIMIT
    problem = "nothing answered"
    while time.monotonic() < deadline and program.poll() is None:
        try:
            status, text = ask_for_page(port, host)
        except OSError:
            time.sleep(0.1)
            continue
        if status == http.HTTPStatus.OK and "window.gradio_config" in text:
            return ""
        problem = f"the page answered {status}: {text[:300]}"
        time.sleep(0.5)
    return problem if program.poll() is None else f"the app ended with exit code {program.returncode}"


def check_start(python: Path, folder: Path, app_file: str) -> None:
    """End the check unless the app shows its page."""
    copy_repository(folder)
    port = free_port()
    environment = space_environment(folder.parent, port)
    started = time.monotonic()
    with running([python, app_file], folder, environment) as program:
        problem = wait_for_page(program, port, HOST)
    if problem:
        sys.exit(f"As a Space, {problem}.\n{(folder / 'output.txt').read_text()}")
    say(f"The page was there {time.monotonic() - started:.1f} s after the start.")


def main() -> None:
    """Carry out the check and say what is being done."""
    settings = front_matter((ROOT / "README.md").read_text())
    say("Checking that a Space can install requirements.txt beside its own packages")
    check_pins(settings["sdk_version"])
    with tempfile.TemporaryDirectory(prefix="space-check-") as name:
        folder = Path(name)
        say(f"Installing gradio=={settings['sdk_version']} and requirements.txt into an empty environment")
        python = install(folder / "environment", settings["sdk_version"])
        say(f"Starting {settings['app_file']} there")
        (folder / "app").mkdir()
        check_start(python, folder / "app", settings["app_file"])


if __name__ == "__main__":
    main()
