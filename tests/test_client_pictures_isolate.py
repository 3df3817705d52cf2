"""Work on strangers' pictures is done in other processes, which may fail without harm."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from kept import until

from client.errors import ImageEditError, InvalidImageError
from client.messages import Message
from client.pictures.isolate import IsolatedWorkers


def crash() -> None:
    """Do what a decoder does that an attacker broke."""
    os.abort()


def hang() -> None:
    """Use no processor time, and never end."""
    time.sleep(60)


def fill_memory() -> None:
    """Ask for more than there is."""
    bytearray(4_000_000_000)


def refuse() -> None:
    """Find fault with a picture."""
    raise InvalidImageError(Message.of("image.too_long", width=9, height=8, limit=7))


def stumble() -> None:
    """Fail in a way that nobody has foreseen, with a text in which there may be a picture."""
    raise KeyError("canary of a picture")  # noqa: EM101, TRY003 - as careless code does


def be_killed() -> None:
    """End as the kernel ends what has used up its processor time."""
    os.kill(os.getpid(), signal.SIGKILL)


def environments() -> tuple[dict[str, str], str]:
    """Return the environment as it is, and as the process began with it where that can be read."""
    began = Path("/proc/self/environ")
    return dict(os.environ), began.read_text(encoding="utf-8") if began.exists() else ""


def open_path() -> Path:
    """Answer with something that is not plain."""
    return Path("/")


@pytest.mark.parametrize("fork", [True, False])
async def test_a_function_is_called_in_another_process(fork: bool) -> None:  # noqa: FBT001 - a parameter of the test
    workers = IsolatedWorkers(fork=fork)
    assert await workers.run(divmod, 17, 5) == (3, 2)
    assert await workers.run(os.getpid) != os.getpid()
    with pytest.raises(InvalidImageError, match="9×8"):
        await workers.run(refuse)


@pytest.mark.parametrize(
    ("work", "said"),
    [(crash, "damaged"), (be_killed, "too much time"), (hang, "too much time"), (fill_memory, "memory")],
)
@pytest.mark.parametrize("fork", [True, False])
async def test_work_without_an_answer_ends_in_a_sentence(fork: bool, work: object, said: str) -> None:  # noqa: FBT001
    assert callable(work)
    workers = IsolatedWorkers(seconds=2 if work is hang else 30, fork=fork)
    with pytest.raises(InvalidImageError, match=said):
        await workers.run(work)


@pytest.mark.parametrize("fork", [True, False])
async def test_a_fault_of_ours_is_logged_by_type_and_place_and_the_picture_is_not_blamed(
    fork: bool,  # noqa: FBT001 - a parameter of the test
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(ImageEditError, match="Something went wrong in this program") as caught:
        await IsolatedWorkers(fork=fork).run(stumble)
    assert not isinstance(caught.value, InvalidImageError)
    assert "KeyError" in caplog.text
    assert "test_client_pictures_isolate.py:" in caplog.text
    assert "canary" not in caplog.text


async def test_a_process_that_is_late_is_ended() -> None:
    workers = IsolatedWorkers(seconds=1)
    server = await IsolatedWorkers().run(os.getppid)
    with pytest.raises(InvalidImageError, match="too much time"):
        await workers.run(hang)
    children = Path(f"/proc/{server}/task/{server}/children")
    await until(lambda: not children.read_text(encoding="utf-8").split())


async def test_only_what_is_expected_is_taken_from_a_process() -> None:
    workers = IsolatedWorkers()
    with pytest.raises(InvalidImageError, match="damaged"):
        await workers.run(open_path)
    message = Message.of("image.too_long", width=9, height=8, limit=7)
    with pytest.raises(InvalidImageError, match="damaged"):
        await workers.run(Message, "image.empty", {})
    assert await workers.run(Message, message.code, message.facts, returns={Message}) == message


@pytest.mark.parametrize("fork", [True, False])
async def test_no_process_inherits_our_environment(fork: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setenv("QWEN_EDIT_API_KEY", "sk-canary-key")
    workers = IsolatedWorkers(fork=fork)
    assert "canary" not in str(await workers.run(environments))


async def test_processes_inherit_nothing_after_their_server_had_to_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QWEN_EDIT_API_KEY", "sk-canary-key")
    workers = IsolatedWorkers()
    server = await workers.run(os.getppid)
    os.kill(server, signal.SIGKILL)
    status = Path(f"/proc/{server}/status")
    await until(lambda: not status.exists() or "zombie" in status.read_text(encoding="utf-8"))
    assert "canary" not in str(await workers.run(environments))
    assert await workers.run(os.getppid) != server


async def test_waiting_for_a_turn_takes_no_thread_from_anybody_else() -> None:
    workers = IsolatedWorkers(at_once=1, seconds=3)
    slow = [asyncio.create_task(workers.run(hang)) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.to_thread(int)
    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
