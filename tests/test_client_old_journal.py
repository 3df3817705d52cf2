"""The journal that version 0.1.0 wrote, as a copy of its home folder taken while three edits were going on."""

import sqlite3
import time
import zipfile
from pathlib import Path

import httpx
from doubles import Service, png
from kept import edits_in, finished

from client import Charge, KeptPicture, Message, State

OLD = Path(__file__).parent / "journal_0.1.0.zip"
OTHER = "another-visitor-0123456789"


def unpacked(home: Path) -> Path:
    """Give a home folder of that version, with answers from this hour: a day later they would be given up."""
    with zipfile.ZipFile(OLD) as archive:
        archive.extractall(home)
    database = sqlite3.connect(home / "journal.sqlite3")
    with database:
        database.execute("UPDATE answers SET stored = ?", (time.time() - 60,))
    database.close()
    return home


def service() -> Service:
    return Service(result=lambda _: httpx.Response(200, content=png(40, 30)))


async def test_a_journal_of_the_first_version_opens_with_everything_in_it(tmp_path: Path) -> None:
    asked = service()
    async with edits_in(unpacked(tmp_path), asked) as edits:
        await edits.resume()
        for edit in edits.running_of(""):
            await finished(edits, edit)
        entries = {entry.request.prompt: entry for entry in await edits.history.page("")}
        (other,) = await edits.history.page(OTHER)
    assert asked.posts == []
    assert {prompt: entry.state for prompt, entry in entries.items()} == {
        "make it blue": State.DONE,
        "把天空变成傍晚": State.DONE,
        'now add "OPEN" & <b>bold</b>': State.DONE,
        "a refused one": State.REJECTED,
        "a denied one": State.REJECTED,
        "a lost one": State.UNKNOWN,
        "one of three failed": State.DONE,
        "links that ran out": State.EXPIRED,
        "answered, not fetched": State.DONE,
        "cut off while sent": State.UNKNOWN,
        "stopped in the queue": State.STOPPED,
        "still waiting": State.STOPPED,
    }
    assert (other.request.prompt, other.state, len(other.results)) == ("somebody else's", State.DONE, 1)
    for entry in (*entries.values(), other):
        assert all(result.path.is_file() for result in entry.results)
        assert all(isinstance(one, str) or one.path.is_file() for one in entry.pictures)
    assert len(entries["answered, not fetched"].results) == 2
    assert all(thumbnail and thumbnail.is_file() for thumbnail in entries["make it blue"].thumbnails)


async def test_its_rounds_pictures_and_words_are_as_they_were(tmp_path: Path) -> None:
    async with edits_in(unpacked(tmp_path), service()) as edits:
        entries = {entry.request.prompt: entry for entry in await edits.history.page("")}
        third = entries['now add "OPEN" & <b>bold</b>']
        again = await edits.history.request_of(third)
    first, second = entries["make it blue"], entries["把天空变成傍晚"]
    assert [entry.round for entry in (first, second, third)] == [1, 2, 3]
    assert first.root == second.root == third.root
    assert second.parent is not None
    assert (second.parent.edit, second.parent.place) == (first.id, 1)
    assert (first.request.negative_prompt, first.request.seed, first.seed_was_random) == (
        "blurry, 多余的手指",
        7,
        False,
    )
    assert (second.request.seed, second.seed_was_random) == (295281078, True)
    assert first.result is not None
    assert (first.result.revised_prompt, first.request_id, first.result.received) == ("make it a deep blue", "req-1", 2)
    assert [(result.width, result.height, result.mime) for result in first.results] == [(40, 30, "image/png")] * 2
    kept, small, link = third.pictures
    assert isinstance(kept, KeptPicture)
    assert isinstance(small, KeptPicture)
    assert (small.width, small.height) == (20, 20)
    assert link == "https://pictures.example/shop.jpg"
    assert again.size == "1024*1536"
    assert again.pictures[2] == link
    refused, lost, partly = entries["a refused one"], entries["a lost one"], entries["one of three failed"]
    assert refused.error == Message.of(
        "error.content_refused", said="Input data may contain inappropriate content.", megabytes=0.0
    )
    assert (refused.charged, lost.charged, lost.error) == (Charge.NO, Charge.MAYBE, Message.of("error.no_answer"))
    assert partly.result is not None
    assert partly.result.received == 3
