"""The form as a tab left it: what comes back after a reload, and what does not."""

import json
from pathlib import Path
from typing import Any

import pytest
from doubles import png
from kept import edited_by, edits_in

from client import KeptPicture
from client.catalog import DEFAULT_MODEL
from ui.draft import MOST, Draft
from ui.examples import EXAMPLES

ANNA, BERTA = "a" * 32, "b" * 32


def kept(**changes: object) -> str:
    return json.dumps({"model": DEFAULT_MODEL, **changes})


@pytest.mark.parametrize(
    "said",
    [
        None,
        7,
        "",
        "{",
        "[]",
        "null",
        kept(model=""),
        kept(n=0),
        kept(n=9),
        kept(size="5:7"),
        kept(seed=-1),
        kept(width="wide"),
        kept(pictures=["a"] * 4),
        kept(pictures=[{"path": "/etc/passwd"}]),
        kept(negative="x" * 20_001),
        kept(more="x" * MOST),
    ],
)
def test_what_makes_no_form_is_forgotten(said: object) -> None:
    assert Draft.read(said) is None


def test_what_was_filled_in_comes_back() -> None:
    draft = Draft.read(kept(n=2, size="3:2", seed=7, negative="blur", watermark=True, urls=["", "https://a.example/b"]))
    assert draft
    filled = draft.values(["/a.png", None, None])
    assert filled["picture_1"] == "/a.png"
    assert (filled["url_1"], filled["url_2"], filled["url_3"]) == ("", "https://a.example/b", "")
    assert (filled["n"], filled["size"], filled["seed"], filled["negative"]) == (2, "3:2", 7, "blur")
    assert "shown" not in filled


async def test_only_files_that_a_slot_may_hold_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads" / "hash").mkdir(parents=True)
    upload, secret = tmp_path / "uploads" / "hash" / "mug.png", tmp_path / "secret.png"
    for path in (upload, secret):
        path.write_bytes(png())
    home = tmp_path / "home"
    async with edits_in(home) as edits:
        hers = await edited_by(edits, ANNA)
        sent = hers.pictures[0]
        assert isinstance(sent, KeptPicture)

        async def found(path: object, visitor: str = ANNA) -> str | None:
            draft: Any = Draft.read(kept(pictures=[str(path)]))
            settings = edits._settings  # noqa: SLF001 - those it was made with
            return (await draft.own_pictures(visitor, edits.history, settings))[0]  # type: ignore[no-any-return]

        for mine in (upload, EXAMPLES[0].pictures[0], sent.path, hers.results[0].path):
            assert await found(mine) == str(mine.resolve())
        for theirs in (sent.path, hers.results[0].path):
            assert await found(theirs, BERTA) is None
        journal = home / "journal.sqlite3"
        for other in (secret, journal, "/etc/passwd", upload / "..", tmp_path / "gone.png", "", "\0", "x" * 5000):
            assert await found(other) is None
        (tmp_path / "uploads" / "link.png").symlink_to(secret)
        assert await found(tmp_path / "uploads" / "link.png") is None
