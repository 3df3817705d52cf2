"""What happens to edits when the program is asked to end, or is started again."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
from running_app import ROOT, running_app

EXAMPLE = ROOT / "assets" / "examples" / "coffee.jpg"


def begin_edit(page: str) -> None:
    """Start an edit through the endpoint and do not wait for it."""
    with httpx.Client(base_url=f"{page}/gradio_api", trust_env=False) as program:
        (path,) = program.post("/upload", files={"files": (EXAMPLE.name, EXAMPLE.read_bytes())}).json()
        picture = {"path": path, "meta": {"_type": "gradio.FileData"}}
        values = [picture, None, None, "Sepia.", "", "qwen-image-edit-plus", 1, "auto", 7, True, False]
        program.post("/call/edit", json={"data": values}).raise_for_status()


def wait_until_sent(home: Path) -> None:
    """Wait until the journal says that the edit is on its way."""
    deadline = time.monotonic() + 30
    with contextlib.closing(sqlite3.connect(f"file:{home}/journal.sqlite3?mode=ro", uri=True)) as journal:
        while journal.execute("SELECT count(*) FROM edits WHERE state = 'sending'").fetchone() != (1,):
            assert time.monotonic() < deadline, "the edit was not sent"
            time.sleep(0.02)


def test_an_edit_that_was_sent_finishes_before_the_program_ends(tmp_path: Path) -> None:
    with running_app(tmp_path, QWEN_EDIT_OFFLINE_DELAY="2") as app:
        begin_edit(app.url)
        wait_until_sent(tmp_path)
    assert len(app.results) == 1
    assert "Traceback" not in app.printed


def test_a_second_program_on_the_same_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with running_app(tmp_path):
        second = subprocess.run(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env={"PATH": "", "QWEN_EDIT_HOME": str(tmp_path), "GRADIO_SERVER_PORT": "0"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert second.returncode == 2
    assert "QWEN_EDIT_HOME" in second.stderr
    assert "Traceback" not in second.stderr


def test_files_that_were_in_the_chosen_folder_before_are_left_alone(tmp_path: Path) -> None:
    folders = ("pictures", "thumbnails", "answers", "results", "uploads", "uploads/of mine")
    mine = [tmp_path / folder / "holiday.jpg" for folder in folders]
    for file in mine:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"the only copy")
    for _ in range(2):
        with running_app(tmp_path) as app:
            begin_edit(app.url)
            app.wait_for_results(1)
    assert [file.read_bytes() for file in mine] == [b"the only copy"] * len(mine)
