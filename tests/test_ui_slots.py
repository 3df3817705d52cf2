from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from drawn import corners, exif, photo, saved
from page_at_hand import KEY, Drawn, done, draw, drawn_file, told, uploaded, value, values, watching
from PIL import Image

from client import ApiKey, Settings
from client.pictures import PictureWork
from ui.handlers import Updates, unchanged
from ui.handlers.slots import SlotHandlers
from ui.outcome import Outcome
from ui.watchlist import Watchlist

LINK = "https://pictures.example/hat.png?size=large"


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@pytest.fixture
def slots(drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlotHandlers:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    return SlotHandlers(drawn.page, drawn.memory, Settings(home=tmp_path), PictureWork())


async def look(
    slots: SlotHandlers, *, watchlist: Watchlist | None = None, outcome: Outcome | None = None, **changes: object
) -> Updates:
    return await slots.look(watchlist=watchlist or Watchlist(), outcome=outcome, **values(**changes))


def facts(updates: Updates, slots: SlotHandlers, slot: int) -> str:
    said: str = value(updates, slots.page.slots[slot - 1].facts)
    return said


def name(updates: Updates, slots: SlotHandlers, slot: int) -> str:
    said: str = value(updates, slots.page.slots[slot - 1].name)
    return said


def lines(*texts: str) -> str:
    return "".join(f"<div>{text}</div>" for text in texts)


async def test_a_slot_says_what_is_in_it_and_what_will_be_done(slots: SlotHandlers, tmp_path: Path) -> None:
    turned = tmp_path / "turned.jpg"
    turned.write_bytes(saved(photo(4000, 500), "JPEG", exif=exif(6)))
    looked = await look(slots, picture_1=uploaded(drawn_file(tmp_path)), picture_2=uploaded(turned))
    assert facts(looked, slots, 1) == lines("640×480 PNG", "sent as it is")
    assert facts(looked, slots, 2) == lines("500×4000 JPEG", "turned upright, shrunk to 384×3072")
    assert facts(looked, slots, 3) == ""
    assert [told(looked, chip)["interactive"] for chip in slots.page.prompt.chips] == [True, True, False]


async def test_the_size_is_planned_by_the_first_picture_as_it_stands_upright(
    slots: SlotHandlers, tmp_path: Path
) -> None:
    wide, tall = drawn_file(tmp_path, "wide.png", 600, 400), drawn_file(tmp_path, "tall.png", 400, 600)
    looked = await look(slots, picture_1=str(wide), picture_2=str(tall))
    assert looked[slots.memory.picture_sizes] == {1: (600, 400), 2: (400, 600)}
    assert "1 · 1248×832, in the shape of image 1" in value(looked, slots.page.size.fold)
    emptied = await look(slots, picture_sizes={1: (600, 400)})
    assert emptied[slots.memory.picture_sizes] == {}
    assert "1 · Automatic" in value(emptied, slots.page.size.fold)


async def test_a_slot_says_it_in_chinese(slots: SlotHandlers, tmp_path: Path) -> None:
    looked = await look(slots, picture_1=uploaded(drawn_file(tmp_path)), language="zh")
    assert facts(looked, slots, 1) == lines("640×480 PNG", "原样发送")
    assert "图1" in name(looked, slots, 1)
    assert value(looked, slots.page.prompt.chips[1]) == "图2"


@pytest.mark.parametrize(
    ("filled", "badges"),
    [
        ({}, ["1", "2", "3"]),
        ({1}, ["1*", "2", "3"]),
        ({2}, ["–", "1*", "2"]),
        ({3}, ["–", "–", "1*"]),
        ({1, 3}, ["1*", "–", "2*"]),
        ({1, 2, 3}, ["1*", "2*", "3*"]),
    ],
)
async def test_slots_are_numbered_as_the_service_counts(
    filled: set[int], badges: list[str], slots: SlotHandlers
) -> None:
    looked = await look(slots, **{f"url_{slot}": LINK for slot in filled})
    for slot, badge in enumerate(badges, start=1):
        mark = ' data-filled="link"' if badge.endswith("*") else ""
        outline = "" if mark else " outline"
        assert name(looked, slots, slot).startswith(f'<span class="badge{outline}"{mark}>{badge.rstrip("*")}</span>')


async def test_a_link_is_shown_by_its_host_and_fetched_by_nobody_here(slots: SlotHandlers) -> None:
    looked = await look(slots, url_1=LINK)
    assert facts(looked, slots, 1) == lines("Link to pictures.example", "the service fetches it")
    assert "only the service opens it" in value(looked, slots.page.stage.scene)


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1/a.png", "https://user:secret@x.example/", "javascript:alert(1)", "<script>", "https://["]
)
async def test_a_link_that_cannot_be_used_says_so(link: str, slots: SlotHandlers) -> None:
    looked = await look(slots, url_1=link)
    assert facts(looked, slots, 1).startswith("<div>This link cannot be used.")
    assert 'data-filled="unusable"' in name(looked, slots, 1)
    assert "<script" not in facts(looked, slots, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is empty."),
        (b"hello", "This file is not a picture"),
        (b"\x89PNG\r\n\x1a\n", "This picture is damaged"),
    ],
)
async def test_a_file_that_cannot_be_used_says_why(
    content: bytes, said: str, slots: SlotHandlers, tmp_path: Path
) -> None:
    path = tmp_path / "<b>.png"
    path.write_bytes(content)
    looked = await look(slots, picture_1=uploaded(path), picture_2=uploaded(drawn_file(tmp_path)))
    assert facts(looked, slots, 1).startswith(lines("cannot be used") + f"<div>{said}")
    assert facts(looked, slots, 2) == lines("640×480 PNG", "sent as it is")


async def test_the_status_line_says_which_picture_cannot_be_used_and_the_stage_shows_one_that_can(
    slots: SlotHandlers, tmp_path: Path
) -> None:
    page, good, bad = slots.page, drawn_file(tmp_path), tmp_path / "letter.png"
    bad.write_bytes(b"Dear reader")
    looked = await look(slots, picture_1=uploaded(bad), picture_3=uploaded(good))
    assert 'data-filled="unusable"' in name(looked, slots, 1)
    assert "Image 1 cannot be used: This file is not a picture" in value(looked, page.prompt.status)
    assert f"file={good}" in value(looked, page.stage.scene)
    assert 'alt="Image 2"' in value(looked, page.stage.scene)
    only_bad = await look(slots, picture_1=uploaded(bad))
    assert value(only_bad, page.stage.scene).count("data-example=") == 3
    gone = await look(slots, picture_1=uploaded(good), picture_2=uploaded(tmp_path / "gone.png"))
    assert "Image 2 is no longer there. Please add it again." in value(gone, page.prompt.status)
    beside_results = await look(slots, outcome=done(tmp_path), picture_1=uploaded(bad))
    assert "Image 1 cannot be used" in value(beside_results, page.prompt.status)
    assert page.stage.scene not in beside_results
    with_results = await look(slots, outcome=done(tmp_path), picture_1=uploaded(good))
    assert "Done in" in value(with_results, page.prompt.status)
    assert page.stage.scene not in with_results
    # Without any picture it begins anew.
    without = await look(slots, outcome=done(tmp_path))
    assert value(without, page.stage.scene).count("data-example=") == 3
    assert value(without, slots.memory.outcome) is None


async def test_a_file_that_is_gone_says_so(slots: SlotHandlers, tmp_path: Path) -> None:
    looked = await look(slots, picture_1=uploaded(tmp_path / "gone.png"))
    assert "no longer there" in facts(looked, slots, 1)


async def test_a_format_that_browsers_cannot_show_gets_a_preview(slots: SlotHandlers, tmp_path: Path) -> None:
    scan = tmp_path / "scan.tiff"
    scan.write_bytes(saved(corners(700, 500), "TIFF"))
    looked = await look(slots, picture_2=uploaded(scan))
    originals = looked[slots.memory.originals]
    shown = await slots.show_previews(**values(picture_2=uploaded(scan), originals=originals))
    preview = value(shown, slots.page.slots[1].picture)
    with Image.open(preview) as image:
        assert (image.format, image.size) == ("PNG", (700, 500))
    assert originals == {preview: str(scan)}
    again = await look(slots, picture_2=uploaded(Path(preview)), originals=originals)
    assert facts(again, slots, 2).startswith("<div>700×500 TIFF</div>")
    assert slots.memory.originals not in again
    assert await slots.show_previews(**values(picture_2=uploaded(Path(preview)), originals=originals)) == unchanged()


async def test_a_preview_takes_the_place_of_nothing_that_was_put_into_the_slot_meanwhile(
    slots: SlotHandlers, tmp_path: Path
) -> None:
    scan = tmp_path / "scan.tiff"
    scan.write_bytes(saved(corners(700, 500), "TIFF"))
    looked = await look(slots, picture_2=uploaded(scan))
    assert slots.page.slots[1].picture not in looked
    originals = looked[slots.memory.originals]
    for meanwhile in (None, uploaded(drawn_file(tmp_path))):
        assert await slots.show_previews(**values(picture_2=meanwhile, originals=originals)) == unchanged()


async def test_two_previews_made_at_once_are_both_remembered(slots: SlotHandlers, tmp_path: Path) -> None:
    scans = []
    for number in (1, 2):
        scans.append(tmp_path / f"scan{number}.tiff")
        scans[-1].write_bytes(saved(corners(400 + number, 400), "TIFF"))
    looked = await look(slots, picture_1=uploaded(scans[0]), picture_3=uploaded(scans[1]), originals={"/a": "/b"})
    assert set(looked[slots.memory.originals].values()) == {"/b", *map(str, scans)}


async def test_the_same_preview_is_kept_once(slots: SlotHandlers, tmp_path: Path) -> None:
    scan = tmp_path / "scan.tiff"
    scan.write_bytes(saved(corners(400, 400), "TIFF"))
    looked = await look(slots, picture_1=uploaded(scan), picture_2=uploaded(scan))
    assert list(looked[slots.memory.originals].values()) == [str(scan)]
    assert [path.suffix for path in (tmp_path / "served" / "previews").iterdir()] == [".png"]


async def test_an_empty_page_shows_the_examples(slots: SlotHandlers) -> None:
    page = slots.page
    looked = await look(slots)
    assert value(looked, page.stage.scene).count("data-example=") == 3
    assert "Add a picture and say what should change." in value(looked, page.prompt.status)
    assert "classic filters, not Qwen" in value(looked, page.actions.facts)
    assert looked[slots.memory.outcome] is None


async def test_somebody_with_a_key_is_not_told_of_the_offline_engine(slots: SlotHandlers) -> None:
    looked = await look(slots, own=slots.settings.with_key(ApiKey.parse(KEY)))
    assert value(looked, slots.page.actions.facts) == ""


async def test_the_first_picture_is_shown_before_the_edit(slots: SlotHandlers, tmp_path: Path) -> None:
    path = drawn_file(tmp_path)
    looked = await look(slots, picture_2=uploaded(path))
    assert f"gradio_api/file={path}" in value(looked, slots.page.stage.scene)
    assert ">Now say what should change.<" in value(looked, slots.page.prompt.status)
    assert ">Ready<" in value(await look(slots, picture_2=uploaded(path), prompt="invert"), slots.page.prompt.status)


async def test_a_slot_that_changes_while_an_edit_runs_leaves_the_stage_alone(
    slots: SlotHandlers, tmp_path: Path
) -> None:
    looked = await look(slots, watchlist=watching(), picture_1=uploaded(drawn_file(tmp_path)))
    assert slots.page.stage.scene not in looked
    assert slots.page.prompt.status not in looked
    assert slots.memory.outcome not in looked
    assert facts(looked, slots, 1) != ""


async def test_results_stay_when_a_slot_changes_and_failures_go(slots: SlotHandlers, tmp_path: Path) -> None:
    after_results = await look(slots, outcome=done(tmp_path), picture_1=uploaded(drawn_file(tmp_path)))
    assert slots.page.stage.results not in after_results
    assert slots.memory.outcome not in after_results
    failed = Outcome("failed", "invert", None, 1, offline=True)
    after_failure = await look(slots, outcome=failed)
    assert after_failure[slots.memory.outcome] is None
    assert value(after_failure, slots.page.stage.scene).count("data-example=") == 3


async def test_deleting_an_edit_takes_no_other_ones_failure_from_the_stage(slots: SlotHandlers, tmp_path: Path) -> None:
    known: dict[str, Any] = {"watchlist": Watchlist(), **values(picture_1=uploaded(tmp_path / "deleted.png"))}
    failed = Outcome("failed", "invert", None, 1, offline=True)
    looked = await slots.look_after_deletion(outcome=failed, **known)
    assert looked[slots.page.slots[0].picture] is None
    assert slots.page.stage.scene not in looked
    assert slots.memory.outcome not in looked
    deleted = await slots.look_after_deletion(outcome=None, **known)
    assert value(deleted, slots.page.stage.scene).count("data-example=") == 3
    said = "Deleted, and with it the picture that was used as: Image 1."
    assert said in value(deleted, slots.page.prompt.status)


async def test_the_status_line_misses_nothing_any_more_once_it_is_typed(slots: SlotHandlers, tmp_path: Path) -> None:
    status, picture = slots.page.prompt.status, str(drawn_file(tmp_path))

    async def typed(prompt: str, watchlist: Watchlist | None = None, **changes: object) -> Updates:
        known = {"outcome": None, "unusable": False, **changes}
        asked = values(prompt=prompt, picture_1=picture)
        return await slots.type_prompt(watchlist=watchlist or Watchlist(), **known, **asked)

    assert ">Now say what should change.<" in value(await typed(" "), status)
    assert ">Ready<" in value(await typed("invert"), status)
    assert ">Done in 2.2 s · 2 of 2 results<" in value(await typed("invert", outcome=done(tmp_path)), status)
    stopped = Outcome("stopped", "invert", None, 1, offline=True)
    assert ">Stopped. It costs nothing.<" in value(await typed("invert", outcome=stopped), status)
    # Which picture cannot be used, and how an edit goes, is more important.
    assert status not in await typed("invert", unusable=True)
    assert status not in await typed("invert", watching())


async def test_the_prompt_is_checked_against_the_slots(slots: SlotHandlers) -> None:
    note = slots.page.prompt.note
    said = await slots.check_prompt(**values(prompt="like Image 2", url_1=LINK))
    assert "slot 2 is empty" in value(said, note)
    assert value(await slots.check_prompt(**values(prompt="like Image 1", url_1=LINK)), note) == ""


async def test_two_slots_exchange_what_they_hold(slots: SlotHandlers, tmp_path: Path) -> None:
    path = drawn_file(tmp_path)
    left, right = slots.page.slots[1:]
    swapped = await slots.swap(2, **values(picture_2=uploaded(path), url_3=LINK))
    assert swapped == {left.picture: None, left.url: LINK, right.picture: str(path), right.url: ""}
    empty = await slots.swap(1, **values(url_1=None, url_2=None))
    assert list(empty.values()) == [None, None, "", ""]


def test_a_cleared_slot_holds_neither_picture_nor_link(slots: SlotHandlers) -> None:
    third = slots.page.slots[2]
    assert slots.clear(3) == {third.picture: None, third.url: ""}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(1, 3, "bca"), (3, 1, "cab"), (1, 2, "bac"), (2, 3, "acb"), (2, 2, "abc")],
)
async def test_a_picture_that_is_drawn_onto_another_slot_takes_its_place(
    left: int, right: int, expected: str, slots: SlotHandlers
) -> None:
    held = {f"picture_{number}": name for number, name in enumerate("abc", start=1)} | {"url_1": "of a"}
    moved = await slots.move(gr.EventData(None, {"from": left, "to": right}), **values(**held))
    assert "".join(value(moved, slot.picture) for slot in slots.page.slots) == expected
    assert value(moved, slots.page.slots[expected.index("a")].url) == "of a"


@pytest.mark.parametrize("place", [0, 4, -1, None, "1", [1], 1.5])
async def test_a_slot_that_is_not_there_moves_nothing(place: object, slots: SlotHandlers) -> None:
    assert await slots.move(gr.EventData(None, {"from": place, "to": 1}), **values()) == gr.skip()
    assert await slots.move(gr.EventData(None, {"from": 1, "to": place}), **values()) == gr.skip()
