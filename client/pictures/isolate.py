"""Work on strangers' pictures in other processes, with limits on memory, time and number.

A decoder that crashes, hangs or fills the memory does so in a process of its own, whose memory and environment never
held a key. That is no sandbox: the process runs as the same user and can open whatever that user can, on Linux also
the environment that this program was started with (/proc). Whoever must fear a decoder that is taken over runs the
whole program as a user, or in a container, of its own.
"""

import asyncio
import atexit
import contextlib
import functools
import io
import logging
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from client.errors import ImageEditError, InvalidImageError
from client.messages import Message
from client.pictures.picture import damaged, too_hard

SECONDS: Final = 20
MEMORY: Final = 2_000_000_000
AT_ONCE: Final = 2
LONGEST_ANSWER: Final = 256_000_000
PIECE: Final = 1 << 20
POLL: Final = 0.1  # seconds between looks at which workers have ended
GENTLY: Final = 10  # of at most 19: whoever looks at the page comes first

# Python may not start without these; nothing else of our environment is handed on, for there may be a key in it.
HANDED_ON: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# How the kernel ends what exceeds its processor time, or fills the memory of the whole machine.
KILLED: Final = {getattr(signal, name) for name in ("SIGKILL", "SIGXCPU") if hasattr(signal, name)}
# The first word of an answer.
DONE, REFUSED, FAILED = "done", "refused", "failed"

_log: Final = logging.getLogger(__name__)
Result = TypeVar("Result")


class IsolatedWorkers:
    """Runs functions in processes of their own, at most `at_once` at a time, each for `seconds` and in `memory` bytes.

    Those that wait for their turn take no thread. With `fork`, processes are copies of one that has everything
    imported already, which takes milliseconds; elsewhere each starts anew.
    """

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        seconds: int = SECONDS,
        memory: int = MEMORY,
        fork: bool = hasattr(os, "fork"),
    ) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="isolated")
        self._limits = seconds, memory
        self._call = _call_forked if fork else _call_started
        if fork:
            _fork_server().start()

    async def run(
        self, function: Callable[..., Result], *args: object, returns: Collection[type] = frozenset()
    ) -> Result:
        """Return what `function(*args)` returns in another process.

        `function` stands in a module under its own name, and `args` can be pickled. The answer is made of plain values
        (numbers, str, bytes, None, tuples, lists, dicts) and of the classes in `returns`, frozen dataclasses with
        slots: nothing else is taken from a process that may have been taken over.

        Raises the InvalidImageError that the function raises, and InvalidImageError for what takes too much time or
        memory, crashes, or answers anything else. Any other exception of the function is a fault of ours, as is a
        process that cannot be begun: its type and place are logged, and ImageEditError is raised.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, function, args, returns)

    def _run(self, function: Callable[..., Result], args: tuple[object, ...], returns: Collection[type]) -> Result:
        seconds, _ = self._limits
        task = pickle.dumps((self._limits, function, args))
        try:
            answer = self._call(task, seconds)
        except TimeoutError as error:
            raise too_hard() from error
        except OSError as error:
            _log.exception("No process could be begun for %s", function.__qualname__)
            raise ImageEditError(Message.of("error.unexpected")) from error
        try:
            outcome, *values = _Answer(answer, returns).load()
            if outcome == DONE:
                result: Result = values[0]
                return result
            refusal = Message(*values) if outcome == REFUSED else None
            said = " ".join(str(value)[:100] for value in values)
        except Exception as error:  # whatever can be wrong with bytes from a process that crashed or was taken over
            _log.warning("The process for %s crashed or gave no valid answer", function.__qualname__)
            raise damaged() from error
        if refusal is None:
            _log.error("%s failed in its process: %r", function.__qualname__, said)
            raise ImageEditError(Message.of("error.unexpected"))
        raise InvalidImageError(refusal)


class _Answer(pickle.Unpickler):
    """Reads plain values and the given classes, and nothing that could run."""

    def __init__(self, answer: bytes, classes: Collection[type]) -> None:
        super().__init__(io.BytesIO(answer))
        self._classes = {(each.__module__, each.__qualname__): each for each in classes}

    def find_class(self, module: str, name: str) -> type:
        try:
            return self._classes[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected") from None  # noqa: EM102, TRY003


def _call_forked(task: bytes, seconds: int) -> bytes:
    end = time.monotonic() + seconds
    answer = bytearray()
    with _fork_server().connect(seconds) as connection:
        connection.settimeout(seconds or None)
        connection.sendall(task)
        connection.shutdown(socket.SHUT_WR)
        while len(answer) <= LONGEST_ANSWER:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
            piece = connection.recv(PIECE)
            if not piece:
                break
            answer += piece
    return bytes(answer)


def _call_started(task: bytes, seconds: int) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            _command("work"), input=task, stdout=subprocess.PIPE, check=False, timeout=seconds, env=_environment()
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    if -done.returncode in KILLED:
        raise TimeoutError
    return done.stdout[:LONGEST_ANSWER]


def _command(function: str) -> list[str]:
    program = f"import sys; sys.path[:] = {sys.path!r}; import {__name__} as isolate; isolate.{function}()"
    return [sys.executable, "-I", "-c", program]


def _environment() -> dict[str, str]:
    handed_on = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    # Several are at work at once, and a process with threads is not to be copied.
    return {**handed_on, "OPENBLAS_NUM_THREADS": "1"}


class _ForkServer:
    """The process that all others are copies of, begun again when it has ended.

    `multiprocessing` has one too, which inherits the environment whenever it has to begin again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control = socket.socket()
        atexit.register(self.close)

    def start(self) -> None:
        """Begin, if it is not running: to import everything takes longer than most pictures do."""
        with self._lock:
            self._ensure_running()

    def connect(self, seconds: int) -> socket.socket:
        """Return a connection to a new process that reads a task, answers it and has ended after `seconds`."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            self._ensure_running()
            socket.send_fds(self._control, [bytes([seconds])], [theirs.fileno()])
        return ours

    def close(self) -> None:
        """End it, and all copies with it."""
        with self._lock:
            self._control.close()
            if self._process:
                self._process.wait()

    def _ensure_running(self) -> None:
        if self._process and self._process.poll() is None:
            return
        self._control.close()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(_command("serve"), stdin=theirs.fileno(), env=_environment())  # noqa: S603 - our own program


@functools.cache
def _fork_server() -> _ForkServer:
    return _ForkServer()


def serve() -> None:
    """Fork a worker for each connection that comes through standard input, until that ends; kill those that are late.

    One byte comes with a connection: the seconds that its worker may take.
    """
    # Ctrl+C reaches every process of a terminal; the app ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, tuple[float, socket.socket]] = {}
    with socket.socket(fileno=sys.stdin.fileno()) as control:
        while True:
            ready, _, _ = select.select([control], [], [], POLL if running else None)
            if ready:
                seconds, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                if not seconds:
                    break
                worker = os.fork()
                if worker == 0:
                    control.close()
                    for _, other in running.values():  # strangers' pictures come through these
                        other.close()
                    _work_forked(descriptors[0])
                # Whoever waits gives up before this time, and says why.
                end = time.monotonic() + seconds[0] + 1
                running[worker] = end, socket.socket(fileno=descriptors[0])
            for worker, (end, connection) in list(running.items()):
                if end < time.monotonic():
                    os.kill(worker, signal.SIGKILL)
                ended, status = os.waitpid(worker, os.WNOHANG)
                if ended:
                    del running[worker]
                    _hang_up(connection, status)
    for worker in running:
        os.kill(worker, signal.SIGKILL)


def _hang_up(connection: socket.socket, status: int) -> None:
    """Close the connection of a worker that has ended, and say so if the kernel has killed it."""
    with connection, contextlib.suppress(OSError):  # perhaps nobody waits any longer
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in KILLED:
            connection.sendall(pickle.dumps((REFUSED, "image.too_hard", {})), socket.MSG_DONTWAIT)
        connection.shutdown(socket.SHUT_RDWR)


def _work_forked(descriptor: int) -> None:
    try:
        with socket.socket(fileno=descriptor) as connection, connection.makefile("rb") as stream:
            connection.sendall(_answer_to(stream.read()))
            connection.shutdown(
                socket.SHUT_WR
            )  # the server holds the connection too, until it sees that this has ended
    finally:
        os._exit(0)  # whatever happens, this process must not go on as a second server


def work() -> None:
    """Read one task from standard input and write its answer to standard output."""
    sys.stdout.buffer.write(_answer_to(sys.stdin.buffer.read()))


def _answer_to(task: bytes) -> bytes:
    (seconds, memory), function, args = pickle.loads(task)  # noqa: S301 - it comes from ourselves
    _limit(seconds, memory)
    try:
        answer: tuple[object, ...] = DONE, function(*args)
    except InvalidImageError as error:
        answer = REFUSED, error.message.code, dict(error.message.facts)
    except MemoryError:
        answer = REFUSED, "image.too_hard", {}
    except Exception as error:  # noqa: BLE001 - not its text, in which parts of the picture may stand
        *_, place = traceback.extract_tb(error.__traceback__)
        answer = FAILED, type(error).__name__, f"{place.filename}:{place.lineno}"
    return pickle.dumps(answer)


def _limit(seconds: int, memory: int) -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - it does not exist on Windows

        os.nice(GENTLY)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
