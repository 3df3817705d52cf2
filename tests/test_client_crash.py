import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from crash_report import ROOT, check, crash, rows
from doubles import KEY
from paid_service import PaidService

from client import ConfigurationError, Edits, Settings


def program(home: Path, service: PaidService) -> subprocess.Popen[bytes]:
    """Start the program in a process of its own that nobody kills but the test."""
    code = (
        "import asyncio, sys\n"
        "sys.path[:0] = sys.argv[1:3]\n"
        "from crash_program import settings_of, work\n"
        "asyncio.run(work(settings_of(sys.argv[3], sys.argv[4]), ['anna'], 6))\n"
    )
    folders = [str(ROOT), str(ROOT / "tests")]
    command = [sys.executable, "-c", code, *folders, str(home), service.base]
    return subprocess.Popen(command)  # noqa: S603 - our own program


async def until_posted(service: PaidService, count: int) -> None:
    async with asyncio.timeout(20):
        while len(service.posts) < count:  # noqa: ASYNC110 - the service is in another thread
            await asyncio.sleep(0.01)


def test_kills_at_random_moments_lose_nothing_and_send_nothing_twice(tmp_path: Path) -> None:
    with PaidService().running() as service:
        crash(tmp_path, service, kills=20, seconds=0.3)
        states = check(tmp_path, service)
    assert states["done"] > 5
    assert states["unknown"] > 0


def test_a_kill_leaves_no_key_anywhere(tmp_path: Path) -> None:
    with PaidService().running() as service:
        crash(tmp_path, service, kills=3, seconds=0.3, seed=2)
    assert service.keys == {f"Bearer {KEY}"}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
async def test_a_polite_end_lets_what_was_sent_finish_and_says_what_was_not(tmp_path: Path) -> None:
    with PaidService(seconds=0.8).running() as service:
        process = await asyncio.to_thread(program, tmp_path, service)
        await until_posted(service, 4)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
    found = rows(tmp_path)
    assert {row.state for row in found if row.prompt in service.posts} == {"done"}
    assert {row.state for row in found if row.prompt not in service.posts} == {"stopped"}
    assert len(found) == 6


async def test_a_folder_belongs_to_one_program_at_a_time(tmp_path: Path) -> None:
    with PaidService(seconds=0.3).running() as service:
        process = await asyncio.to_thread(program, tmp_path, service)
        await until_posted(service, 1)
        second = Edits(Settings(home=tmp_path))
        with pytest.raises(ConfigurationError, match="QWEN_EDIT_HOME"):
            await asyncio.to_thread(second.open)
        process.kill()
        await asyncio.to_thread(process.wait, 20)
        await asyncio.to_thread(second.open)
        await second.close(0)
    with sqlite3.connect(tmp_path / "journal.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
