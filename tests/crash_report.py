"""What is found in a home folder after crashes, held against what the service was asked for."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from paid_service import PaidService, result_of

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300.0
AT_AN_END = {"done", "unknown", "stopped"}


@dataclass(frozen=True)
class Row:
    """An edit as the journal has it, and the digests of its results by their place."""

    id: str
    prompt: str
    n: int
    state: str
    results: dict[int, tuple[Path, str]]


def crash(home: Path, service: PaidService, *, kills: int, seconds: float, seed: int = 1) -> None:
    """Run the program, kill it this often, and then let it finish what it finds."""
    for times, limit in ((kills, seconds), (1, 0.0)):
        command = [sys.executable, ROOT / "tests" / "crash_program.py", home, service.base, times, limit, seed]
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        environment = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(  # noqa: S603 - our own program
            list(map(str, command)), env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr


def rows(home: Path) -> list[Row]:
    with sqlite3.connect(home / "journal.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        found = []
        for number, edit_id, prompt, n, state in database.execute(
            "SELECT number, id, prompt, json_extract(settings, '$.n'), state FROM edits ORDER BY number"
        ).fetchall():
            stored = database.execute("SELECT place, file, sha256 FROM results WHERE edit = ?", (number,))
            results = {place: (home / file, sha256) for place, file, sha256 in stored}
            found.append(Row(edit_id, prompt, n, state, results))
    database.close()
    return found


def check(home: Path, service: PaidService) -> Counter[str]:
    """Check every promise about crashes, and return how many edits ended in which state."""
    found = rows(home)
    posted = Counter(service.posts)
    assert posted, "nothing was ever sent"
    assert set(posted.values()) == {1}, "an edit was sent twice"
    assert set(posted) <= {row.prompt for row in found}, "something was sent without a row"
    for row in found:
        assert row.state in AT_AN_END, f"{row.state} was left behind"
        if row.state == "stopped":
            assert row.prompt not in posted, "what was sent is said not to have been"
        if row.state == "done":
            _check_results(row)
    done = {row.id for row in found if row.state == "done"}
    for line in (home / "delivered.txt").read_text().splitlines():
        kind, name, path = line.split(" ", 2)
        if kind == "answered":
            assert name in done, "an edit that was answered did not come to its end"
        else:
            assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == name
    assert not [path for path in home.rglob("*.part") if path.parent.parent.name != "results"]
    return Counter(row.state for row in found)


def _check_results(row: Row) -> None:
    assert set(row.results) == set(range(row.n)), "results of a finished edit are missing"
    for place, (path, sha256) in row.results.items():
        content = path.read_bytes()
        assert content == result_of(row.prompt, place)
        assert hashlib.sha256(content).hexdigest() == sha256
