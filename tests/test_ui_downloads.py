"""What is taken away of an edit: its results with their settings in them, clean, in an archive, or as code."""

import json
import os
import shlex
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from doubles import KEY, Service, edit_request, edited, picture, png, reply
from kept import edited_by, edits_in
from page_at_hand import Drawn, draw, told, value
from past_edits import an_edit, sent
from PIL import Image

from client import Entry, Picture
from client.service.dialects import wire_of
from ui import code, downloads
from ui.handlers.results import ResultHandlers
from ui.outcome import Outcome, of_entry
from ui.project import KEYWORD, Project, read_project

LINK = "https://pictures.example/hunter2.png?token=secret"


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@asynccontextmanager
async def taking(
    drawn: Drawn, home: Path, monkeypatch: pytest.MonkeyPatch, count: int = 1, **changes: object
) -> AsyncIterator[tuple[ResultHandlers, Entry, Outcome]]:
    """Make an edit and yield the handlers, what the history has of it, and how the page remembers it."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(home / "served"))
    shades = iter(range(200))
    answer: dict[str, Any] = edited(count)
    answer["data"][0]["revised_prompt"] = "very blue"
    service = Service([reply(answer)], lambda _: a_result(next(shades)))
    async with edits_in(home, service) as edits:
        mug = Picture(png(), "image/png", 32, 24, name="mug")
        entry = await edited_by(edits, "", **{"pictures": (mug,), "n": count, "seed": 5, **changes})
        yield ResultHandlers(drawn.page, drawn.memory, edits, edits._settings), entry, of_entry(entry)  # noqa: SLF001 - those it was made with


def a_result(shade: int) -> httpx.Response:
    return httpx.Response(200, content=png(32, 24, (shade, 20, 30)))


def bytes_of(path: str) -> bytes:
    return Path(path).read_bytes()


def mine(outcome: Outcome | None, **more: object) -> dict[str, Any]:
    return {"language": "en", "visitor": "", "outcome": outcome, **more}


async def test_a_download_has_the_settings_in_it_and_the_same_pixels(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking(drawn, tmp_path, monkeypatch, 2) as (handlers, entry, outcome):
        stored = entry.results[1].path.read_bytes()
        handed = await handlers.download(**mine(outcome, selected=1))
        path = Path(value(handed, drawn.page.actions.handover))
        assert path.name == "mug-r1-2.png"
        said = read_project(path)
        assert isinstance(said, Project)
        assert (said.prompt, said.revised_prompt, said.seed, said.place) == ("make it blue", "very blue", 5, 1)
        assert (said.edit, said.service, said.rounds[0].seed) == (entry.id, "edits.example", 5)
        assert (said.pictures[0].name, said.pictures[0].width) == ("mug", 32)
        with Image.open(path) as made, Image.open(entry.results[1].path) as plain:
            assert made.tobytes() == plain.tobytes()
            assert set(made.info) - set(plain.info) == {KEYWORD, "Description"}
        # What is stored stays as the service sent it.
        assert entry.results[1].path.read_bytes() == stored


async def test_neither_the_key_nor_a_link_is_in_a_download(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"prompt": f"make it {KEY}", "pictures": (picture(), LINK)}
    async with taking(drawn, tmp_path, monkeypatch, **asked) as (handlers, _, outcome):
        handed = await handlers.download(**mine(outcome, selected=0))
        content = bytes_of(value(handed, drawn.page.actions.handover))
        assert KEY.encode() not in content
        assert b"hunter2" not in content
        assert b"token" not in content


async def test_a_clean_copy_is_what_the_service_sent(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking(drawn, tmp_path, monkeypatch, 2) as (handlers, entry, outcome):
        path = value(await handlers.clean(**mine(outcome, selected=1)), drawn.page.actions.handover)
        assert Path(path).name == "mug-r1-clean-2.png"
        assert bytes_of(path) == entry.results[1].path.read_bytes()


async def test_the_archive_holds_every_result_byte_for_byte(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking(drawn, tmp_path, monkeypatch, 3) as (handlers, entry, outcome):
        paths = [value(await handlers.archive(**mine(outcome)), drawn.page.actions.handover) for _ in range(2)]
        assert len(set(paths)) == 2
        assert Path(paths[0]).name == "mug-r1.zip"
        with zipfile.ZipFile(paths[0]) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == {
                f"mug-r1-{place}.png": one.path.read_bytes() for place, one in enumerate(entry.results, 1)
            }
            assert all(one.compress_type == zipfile.ZIP_STORED for one in archive.infolist())


async def test_results_that_are_no_longer_there_are_left_out_of_the_archive_and_said(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = drawn.page
    async with taking(drawn, tmp_path, monkeypatch, 3) as (handlers, entry, outcome):
        entry.results[1].path.unlink()
        packed = await handlers.archive(**mine(outcome))
        with zipfile.ZipFile(value(packed, page.actions.handover)) as archive:
            assert archive.namelist() == ["mug-r1-1.png", "mug-r1-3.png"]
        assert "1 of 3 results is no longer there; the archive holds the rest." in value(packed, page.prompt.status)


@pytest.mark.parametrize("way", ["download", "clean", "archive"])
async def test_where_no_result_is_there_any_more_nothing_is_handed_over_and_nothing_is_left(
    way: str, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, more = drawn.page, {} if way == "archive" else {"selected": 0}
    async with taking(drawn, tmp_path, monkeypatch, 2) as (handlers, entry, outcome):
        for one in entry.results:
            one.path.unlink()
        handed = await getattr(handlers, way)(**mine(outcome, **more))
        assert value(handed, page.actions.handover) is None
        assert "The files of this edit are no longer there." in value(handed, page.prompt.status)
        assert list((tmp_path / "served").iterdir()) == []


@pytest.mark.parametrize("way", ["download", "clean", "archive"])
async def test_a_full_disk_is_said(way: str, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, more = drawn.page, {} if way == "archive" else {"selected": 0}
    async with taking(drawn, tmp_path, monkeypatch) as (handlers, _, outcome):
        (tmp_path / "served").write_text("no folder")
        handed = await getattr(handlers, way)(**mine(outcome, **more))
        assert value(handed, page.actions.handover) is None
        assert "Is the disk full?" in value(handed, page.prompt.status)


async def test_nobody_takes_what_belongs_to_another(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking(drawn, tmp_path, monkeypatch) as (handlers, _, outcome):
        object.__setattr__(handlers.settings, "public", True)
        theirs = {**mine(outcome), "visitor": "b" * 32}
        assert value(await handlers.download(**theirs, selected=0), drawn.page.actions.handover) is None
        assert await handlers.show_code(**theirs) == {drawn.page.actions.panel: ""}
        await handlers.remove(**theirs)
        object.__setattr__(handlers.settings, "public", False)
        assert value(await handlers.download(**mine(outcome, selected=0)), drawn.page.actions.handover)


@pytest.mark.parametrize("outcome", [None, Outcome("stopped", "invert", None, 1, offline=False)])
async def test_without_results_nothing_is_handed_over(
    outcome: Outcome | None, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking(drawn, tmp_path, monkeypatch) as (handlers, _, _):
        for handed in (
            await handlers.download(**mine(outcome, selected=0)),
            await handlers.clean(**mine(outcome, selected=0)),
            await handlers.archive(**mine(outcome)),
        ):
            assert value(handed, drawn.page.actions.handover) is None
        assert await handlers.show_code(**mine(outcome)) == {drawn.page.actions.panel: ""}


async def test_an_edit_is_deleted_from_under_the_stage_once_that_was_asked(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking(drawn, tmp_path, monkeypatch) as (handlers, entry, outcome):
        question = value(handlers.ask_deletion(language="en", outcome=outcome), drawn.page.actions.panel)
        assert 'data-act="remove"' in question
        assert "with its result and the pictures sent for it" in question
        assert "Other rounds stay." in question
        assert entry.results[0].path.is_file()
        assert await handlers.remove(**mine(outcome)) == {drawn.page.actions.panel: ""}
        assert not entry.results[0].path.is_file()
        assert await handlers.edits.history.entry("", entry.id) is None
        assert told(handlers.close_panel(), drawn.page.actions.panel) == {"value": ""}


async def test_what_is_no_png_is_handed_over_as_it_is(
    drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with taking(drawn, tmp_path, monkeypatch) as (handlers, entry, _):
        entry.results[0].path.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing of use")
        path = await downloads.with_settings(handlers.edits.history, entry, 0)
        assert path.read_bytes() == entry.results[0].path.read_bytes()


HARD = 'say "hi"; it\'s $HOME `id`\nJSON\n<image-1.png> \\ 猫'


def entry_of(dialect: str, base: str, **changes: Any) -> Entry:  # noqa: ANN401 - see Entry
    return an_edit(
        dialect=dialect, base=base, pictures=(sent(1), sent(2)), prompt=HARD, negative_prompt="blur", **changes
    )


@pytest.mark.parametrize(
    ("dialect", "base", "path"),
    [
        ("qwen", "https://edits.example/v1", "/v1/images/edits"),
        ("dashscope", "https://edits.example/api/v1", "/api/v1/services/aigc/multimodal-generation/generation"),
        ("openai", "https://edits.example/v1", "/v1/images/edits"),
    ],
)
async def test_the_python_code_sends_what_the_page_sent(
    dialect: str, base: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_of(dialect, base, hosted=dialect != "openai")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QWEN_EDIT_API_KEY", KEY)
    for number in (1, 2):
        (tmp_path / f"image-{number}.png").write_bytes(png(32, 24, (number, 0, 0)))
    posted: list[httpx.Request] = []

    def post(url: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - whatever the code says
        options.pop("timeout")
        posted.append(httpx.Request("POST", url, **options))
        return httpx.Response(200, json={}, request=posted[-1])

    text = (await code.snippets(entry))["httpx"]
    fake = SimpleNamespace(post=post)
    monkeypatch.setitem(sys.modules, "httpx", fake)  # type: ignore[arg-type]
    exec(text, {})  # noqa: S102 - the code under test is code
    (request,) = posted
    request.read()
    assert request.url.path == path
    assert request.headers["authorization"] == f"Bearer {KEY}"
    pictures = tuple(picture(png(32, 24, (number, 0, 0))) for number in (1, 2))
    whole = entry.request.model_copy(update={"pictures": pictures})
    wire = await wire_of(whole, dialect, base)
    if dialect == "openai":
        for said in (HARD.encode(), b"blur", b'name="image[]"', *(one.data for one in pictures)):
            assert said in request.content
    else:
        assert json.loads(request.content) == json.loads(wire.body)


@pytest.mark.parametrize("dialect", ["qwen", "dashscope", "openai"])
async def test_the_shell_reads_curl_as_it_is_meant(dialect: str) -> None:
    entry = entry_of(dialect, "https://edits.example/v1", hosted=dialect != "openai")
    text = (await code.snippets(entry))["curl"]
    command, _, body = text.partition(" <<'JSON'\n")
    words = shlex.split(command)
    assert words[0] == "curl"
    assert words[1].startswith("https://edits.example/")
    assert "Authorization: Bearer $QWEN_EDIT_API_KEY" in words
    if dialect == "openai":
        assert f"prompt={HARD}" in words
        assert "image[]=@image-2.png;type=image/png" in words
    else:
        content = json.loads(body.removesuffix("JSON\n"))["input"]["messages"][0]["content"]
        assert content == [{"image": "<image-1.png>"}, {"image": "<image-2.png>"}, {"text": HARD}]


async def test_the_call_of_this_page_names_every_argument_of_its_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    called: dict[str, Any] = {}

    class Client:
        def __init__(self, address: str) -> None:
            assert address == "{address}"

        def predict(self, **values: Any) -> tuple[list[str], str, dict[str, Any]]:  # noqa: ANN401 - see the endpoint
            called.update(values)
            return [], "", {}

    fake = SimpleNamespace(Client=Client, handle_file=lambda name: name)
    monkeypatch.setitem(sys.modules, "gradio_client", fake)  # type: ignore[arg-type]
    exec((await code.snippets(entry_of("qwen", "https://edits.example/v1")))["gradio_client"], {})  # noqa: S102
    assert called == {
        "image_1": "image-1.png",
        "image_2": "image-2.png",
        "image_3": None,
        "prompt": HARD,
        "negative_prompt": "blur",
        "model": edit_request().model,
        "n": 1,
        "size": "auto",
        "seed": 7,
        "prompt_extend": True,
        "watermark": False,
        "api_name": "/edit",
    }


async def test_an_offline_edit_is_shown_as_it_would_be_sent_to_the_usual_service() -> None:
    entry = an_edit(offline=True, base="http://offline.invalid/v1", pictures=("https://pictures.example/a.png",))
    said = await code.snippets(entry)
    assert "https://onetoken.one/v1/images/edits" in said["curl"]
    assert '"image": "https://pictures.example/a.png"' in said["curl"]
    assert all(os.linesep + KEY not in text and KEY not in text for text in said.values())
