"""A program that makes edits and is killed while it does: `python crash_program.py HOME BASE KILLS SECONDS SEED`.

It imports everything once. For each kill it forks a process that goes on with what the one before left behind, begins
new edits, and is ended with SIGKILL at a random moment: within so many seconds after it has sent something, and every
fourth time after it was started. With 0 seconds the process is left to finish what it finds and
ends by itself. Every picture that a page would have shown is noted in HOME/delivered.txt, which a kill does not undo.
"""
# ruff: noqa: S311 - chance, not a secret

import asyncio
import os
import random
import secrets
import select
import signal
import sys
import time
from pathlib import Path

from doubles import KEY, png

from client import ApiKey, Edit, EditRequest, Edits, Phase, Picture, Settings

EDITS = 6
GRACE = 10.0


def request() -> EditRequest:
    """Return an edit that no other one is like."""
    colour = random.randrange(8)
    picture = Picture(data=png(48, 32, (colour, 9, 9)), mime="image/png", width=48, height=32)
    return EditRequest(prompt=secrets.token_hex(8), pictures=(picture,), n=random.choice((1, 1, 3)))


class Notes:
    """What was delivered, on a page that a kill does not turn back; `sent` is a pipe to say on that it began."""

    def __init__(self, home: Path, sent: int | None) -> None:
        self._sent = sent
        self._file = os.open(home / "delivered.txt", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    async def watch(self, edits: Edits, edit: Edit) -> None:
        async for state in edits.watch(edit):
            if state.sent and self._sent is not None:
                os.write(self._sent, b".")
                self._sent = None
            pictures = state.result.pictures if state.result else state.progress.pictures
            lines = "".join(f"picture {picture.sha256} {picture.path}\n" for picture in pictures)
            if state.progress.phase is Phase.FETCHING:
                lines += f"answered {state.id} -\n"
            os.write(self._file, lines.encode())


async def work(settings: Settings, visitors: list[str], count: int, sent: int | None = None) -> None:
    """Go on with what is left, and make edits until somebody ends this."""
    edits, notes = Edits(settings), Notes(settings.home, sent)
    await edits.resume()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    watching = [notes.watch(edits, edit) for visitor in visitors for edit in edits.running_of(visitor)]
    while True:
        started = [edits.start(request(), visitor=random.choice(visitors)) for _ in range(count)]
        together = asyncio.gather(*watching, *(notes.watch(edits, edit) for edit in started))
        await asyncio.wait([together, asyncio.ensure_future(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
        if ended.is_set() or not count:
            await edits.close(GRACE)
            await together
            return
        watching = []


def settings_of(home: str, base: str) -> Settings:
    return Settings(home=Path(home), base_url=base, api_key=ApiKey.parse(KEY), concurrency=4)


def main(home: str, base: str, kills: str, seconds: str, seed: str) -> None:
    """Fork, let it work, kill it; as often as asked."""
    chance = random.Random(seed)
    visitors = ["anna", "bo", "cem"]
    begun, sent = os.pipe()
    for number in range(int(kills)):
        random.seed(chance.random())
        child = os.fork()
        if not child:
            asyncio.run(work(settings_of(home, base), visitors, EDITS if float(seconds) else 0, sent))
            os._exit(0)
        if float(seconds):
            if number % 4:
                readable, _, _ = select.select([begun], [], [], GRACE)
                os.read(begun, 4096) if readable else sys.exit("It sent nothing.")
            time.sleep(chance.uniform(0, float(seconds)))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not float(seconds) and status:
            sys.exit(f"The program ended with {status}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
