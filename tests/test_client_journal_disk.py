import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from doubles import Service, edit_request, edited, picture, png, reply
from kept import ANNA, edited_by, edits_in, files, finished, look, states, until

from client import Charge, Edits, KeptPicture, State
from client.edits.journal.journal import BODY_IN_ROW


class Ordered(Service):
    """A service whose journal takes no more writes from the moment when a request of this `method` arrives."""

    def __init__(self, edits_are: list[Edits], *, method: str = "POST", **changes: object) -> None:
        super().__init__(**changes)  # type: ignore[arg-type]
        self.edits = edits_are
        self.method = method

    def transport(self) -> httpx.MockTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            if request.method == self.method:
                await refuse(self.edits[0], writes=True)
            return self._answer(request)

        return httpx.MockTransport(answer)


async def refuse(edits: Edits, *, writes: bool) -> None:
    """Let the database refuse every write, as on a disk that is full or broken, or take them again."""
    journal = await edits.history.recovered_journal()
    pragma = f"PRAGMA query_only = {int(writes)}"
    await journal.write(lambda database: database.execute(pragma).fetchall())


async def test_nothing_is_sent_that_cannot_be_written_down(tmp_path: Path) -> None:
    service = Service()
    async with edits_in(tmp_path, service) as edits:
        await refuse(edits, writes=True)
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("request.journal", Charge.NO)
    assert service.posts == []


async def test_an_edit_that_cannot_be_written_down_leaves_no_picture_behind(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        kept, lost = [(await edited_by(edits, pictures=(picture(png(width)),))).pictures[0] for width in (41, 42)]
        assert isinstance(kept, KeptPicture)
        assert isinstance(lost, KeptPicture)
        lost.path.unlink()
        broken = await finished(edits, edits.start(edit_request(pictures=(kept, picture(png(43)), lost))))
        await refuse(edits, writes=True)
        refused = await finished(edits, edits.start(edit_request(pictures=(kept, picture(png(44))))))
        await refuse(edits, writes=False)
    assert broken.error is not None
    assert refused.error is not None
    assert [broken.error.message.code, refused.error.message.code] == ["image.missing", "request.journal"]
    assert list((tmp_path / "pictures").iterdir()) == [kept.path]


async def test_nothing_is_sent_once_the_disk_is_full_while_it_waited(tmp_path: Path) -> None:
    service = Service([reply({}, 429, Retry_After="1")])
    async with edits_in(tmp_path, service) as edits:
        edit = edits.start(edit_request(), visitor=ANNA)
        await until(lambda: edit.progress.wait_seconds is not None and states(tmp_path) == ["created"])
        await refuse(edits, writes=True)
        await finished(edits, edit)
        await refuse(edits, writes=False)
        await until(lambda: states(tmp_path) == ["rejected"])
    assert edit.error is not None
    assert edit.error.message.code == "request.journal"
    assert len(service.posts) == 1


async def test_a_result_is_shown_though_the_journal_fails_and_is_written_down_when_it_works(tmp_path: Path) -> None:
    opened = list[Edits]()
    async with edits_in(tmp_path, Ordered(opened)) as edits:
        opened.append(edits)
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        assert edit.result is not None
        assert edit.result.pictures[0].path.read_bytes() == png()
        assert states(tmp_path) == ["sending"]
        await refuse(edits, writes=False)
        await until(lambda: states(tmp_path) == ["done"])
        entry = await edits.history.entry(ANNA, edit.id)
    assert entry is not None
    assert entry.result == edit.result


async def test_an_edit_whose_end_was_never_written_is_of_unknown_fate(tmp_path: Path) -> None:
    opened = list[Edits]()
    edits_of_the_first = edits_in(tmp_path, Ordered(opened))
    async with edits_of_the_first as edits:
        opened.append(edits)
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        await edits.close(0)
    async with edits_in(tmp_path) as edits:
        entry = await edits.history.entry(ANNA, edit.id)
    assert entry is not None
    assert entry.state is State.UNKNOWN
    assert edit.result is not None
    assert edit.result.pictures[0].path.exists()


async def test_what_could_not_be_written_is_tried_once_more_when_the_program_closes(tmp_path: Path) -> None:
    opened = list[Edits]()
    async with edits_in(tmp_path, Ordered(opened)) as edits:
        opened.append(edits)
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        await refuse(edits, writes=False)
        await edits.close(0)
    assert edit.result is not None
    assert states(tmp_path) == ["done"]


async def test_an_edit_whose_end_is_not_written_yet_is_neither_deleted_nor_fetched_twice(tmp_path: Path) -> None:
    opened = list[Edits]()
    service = Ordered(opened, method="GET", replies=[reply(edited(2))])
    service.result = lambda request: httpx.Response(200 if "0.png" in request.url.path else 400, content=png())
    async with edits_in(tmp_path, service) as edits:
        opened.append(edits)
        edit = await finished(edits, edits.start(edit_request(n=2), visitor=ANNA))
        assert edit.result is not None
        entry = await edits.history.entry(ANNA, edit.id)
        assert entry is not None
        assert (entry.state, entry.can_fetch, entry.running) == (State.FETCHING, True, True)
        assert await edits.fetch(ANNA, edit.id) is edit
        assert await edits.fetch("somebody else", edit.id) is None
        await refuse(edits, writes=False)
        assert not await edits.history.delete(ANNA, edit.id)
        service.method, service.result = "", lambda _: httpx.Response(200, content=png())
        # There is room again: what the first attempt got is written down before the rest is fetched.
        again = await edits.fetch(ANNA, edit.id)
        assert again is not None
        assert again is not edit
        await finished(edits, again)
        assert again.result is not None
        assert len(again.result.pictures) == 2
    assert states(tmp_path) == ["done"]
    assert (len(service.posts), len(service.fetches)) == (1, 3)


async def test_an_answer_whose_row_cannot_be_written_leaves_no_file_behind(tmp_path: Path) -> None:
    opened, left = list[Edits](), list[Path]()

    def result(_: httpx.Request) -> httpx.Response:
        left.extend(tmp_path.glob("answers/*"))
        return httpx.Response(200, content=png())

    service = Ordered(opened, replies=[reply(edited(padding="p" * BODY_IN_ROW))], result=result)
    async with edits_in(tmp_path, service) as edits:
        opened.append(edits)
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        assert edit.result is not None
        assert not [path for path in files(tmp_path) if path.parent.name == "answers"]
        await refuse(edits, writes=False)
        await until(lambda: states(tmp_path) == ["done"])
    assert not left


async def test_a_step_that_cannot_be_written_at_all_takes_no_result_and_no_later_step_with_it(tmp_path: Path) -> None:
    broken = True

    def row(_: object, values: tuple[object, ...]) -> object:
        if broken:
            message = "no row today"
            raise ValueError(message)
        return values

    class Breaking(Service):
        def transport(self) -> httpx.MockTransport:
            async def answer(request: httpx.Request) -> httpx.Response:
                if request.method == "POST":
                    journal = await edits.history.recovered_journal()
                    # From now on everything that reads a row, as the end of an edit with a long answer does, raises.
                    await journal.write(lambda database: setattr(database, "row_factory", row))
                return self._answer(request)

            return httpx.MockTransport(answer)

    service = Breaking([reply(edited(padding="p" * BODY_IN_ROW))])
    async with edits_in(tmp_path, service) as edits:
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        broken = False
    assert edit.error is None
    assert edit.result is not None
    assert states(tmp_path) == ["fetching"]
    async with edits_in(tmp_path, service) as edits:
        await edits.resume()
        await until(lambda: states(tmp_path) == ["done"])
    assert len(service.posts) == 1


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk in memory, where that is allowed."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() or subprocess.call(["mount", *options], stderr=subprocess.DEVNULL):  # noqa: S603, S607 - fixed words
        pytest.skip("only root on Linux may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.check_call(["umount", str(folder)])  # noqa: S603, S607 - fixed words


def fill(disk: Path) -> None:
    """Write until there is no byte left."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in (1_000_000, 1000, 1):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(size))


async def test_a_disk_that_fills_up_tears_no_file_and_loses_no_result(tmp_path: Path) -> None:
    large = png() + os.urandom(3_000_000)
    with small_disk(tmp_path / "disk", 230) as disk:

        class Filling(Service):
            def _answer(self, request: httpx.Request) -> httpx.Response:
                if request.method == "POST":
                    fill(disk)
                return super()._answer(request)

        service = Filling(result=lambda _: httpx.Response(200, content=large))
        async with edits_in(disk, service) as edits:
            edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
            assert edit.error is not None
            assert (edit.error.message.code, edit.error.charged) == ("error.not_stored", Charge.MAYBE)
            assert not [path for path in disk.glob("results/*/*") if path.is_file()]
            refused = await finished(edits, edits.start(edit_request(seed=8), visitor=ANNA))
            assert refused.error is not None
            assert (refused.error.message.code, len(service.posts)) == ("request.disk_full", 1)
            (disk / "filler").unlink()
            await until(lambda: states(disk) == ["fetching"])
            again = await edits.fetch(ANNA, edit.id)
            assert again is not None
            await finished(edits, again)
            assert again.result is not None
            assert again.result.pictures[0].path.read_bytes() == large
        assert len(service.posts) == 1
        assert look(disk, "PRAGMA integrity_check") == [("ok",)]
