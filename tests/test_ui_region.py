import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles import png
from edits_at_hand import all_of, handlers_of, status
from page_at_hand import Drawn, draw, drawn_file, told, uploaded, value, values
from past_edits import an_edit
from PIL import Image, ImageDraw
from running_app import ROOT

from client import EditRequest, Edits, ImageEditError, KeptPicture, Picture, Settings
from client.edits.target import Pasted, Target
from client.models import ResultPicture
from client.pictures import PictureWork
from client.pictures.region import Manner, Stroke
from ui.form import Form
from ui.handlers.choices import plan_of_region
from ui.handlers.ended import pasted_note
from ui.handlers.fill import restored
from ui.handlers.region import RegionHandlers
from ui.handlers.slots import SlotHandlers
from ui.outcome import Outcome, of_entry
from ui.region import MOST_POINTS, MOST_STROKES, Region, region_in, region_of, target_in
from ui.watchlist import Watchlist

RACCOON = ROOT / "assets" / "examples" / "raccoon.jpg"
DOT = Stroke("brush", 0.2, ((0.5, 0.5),))


def said(path: Path | str, **changes: object) -> str:
    return Region(picture=str(path), **{"strokes": (DOT,), **changes}).model_dump_json()  # type: ignore[arg-type]


def form(**changes: object) -> Form:
    return Form(**values(**changes))


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@pytest.fixture
async def edits(tmp_path: Path) -> Any:  # noqa: ANN401 - a generator, as pytest wants it
    edits = Edits(Settings(home=tmp_path / "home"))
    yield edits
    await edits.close(1)


@pytest.fixture
def handlers(drawn: Drawn, edits: Edits, tmp_path: Path) -> RegionHandlers:
    settings = Settings(home=tmp_path / "home")
    slots = SlotHandlers(drawn.page, drawn.memory, settings, PictureWork())
    return RegionHandlers(handlers_of(drawn, edits, settings).watch, slots)


def stroke(**changes: object) -> dict[str, object]:
    return {"tool": "brush", "width": 0.1, "points": [[0.5, 0.5]], **changes}


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nonsense",
        "[]",
        None,
        7,
        json.dumps({"strokes": "many"}),
        json.dumps({"strokes": [stroke(tool="bomb")]}),
        json.dumps({"strokes": [stroke(points=[])]}),
        json.dumps({"strokes": [stroke(points=[[0.5]])]}),
        json.dumps({"strokes": [stroke(points=[[0.5, 9.0]])]}),
        json.dumps({"strokes": [stroke(width=3)]}),
        '{"strokes": [{"tool": "brush", "width": NaN, "points": [[0.5, 0.5]]}]}',
        '{"strokes": [{"tool": "brush", "width": 0.1, "points": [[Infinity, 0.5]]}]}',
        json.dumps({"strokes": [stroke()] * (MOST_STROKES + 1)}),
        json.dumps({"strokes": [stroke(points=[[0, 0]] * (MOST_POINTS + 1))]}),
        json.dumps({"picture": "x" * 500_000}),
    ],
)
def test_what_says_nothing_of_use_is_no_region(wrong: object) -> None:
    assert Region.read(wrong) is None


def test_a_region_is_read_as_it_was_said() -> None:
    region = Region.read(said("/p/mug.png", keep=True, tone=False))
    assert region
    assert region.strokes == (DOT,)
    assert region.manner == Manner(keep=True, feather=True, match_tone=False)


def test_a_region_goes_along_with_its_picture_and_is_nothing_without_it(tmp_path: Path) -> None:
    one, other = drawn_file(tmp_path, "one.png"), drawn_file(tmp_path, "other.png")
    region = said(other)
    found = region_in(form(picture_1=str(one), picture_2=str(other), region=region))
    assert found
    assert (found[1].slot, found[1].number) == (2, 2)
    moved = region_in(form(picture_1=str(other), region=region))
    assert moved
    assert moved[1].number == 1
    assert region_in(form(picture_1=str(one), region=region)) is None


def test_a_region_is_that_of_the_file_and_not_of_its_preview(tmp_path: Path) -> None:
    original, preview = drawn_file(tmp_path, "one.heic"), drawn_file(tmp_path, "preview.png")
    known = form(picture_1=str(preview), originals={str(preview): str(original)}, region=said(original))
    assert region_in(known)


async def test_the_target_is_the_file_as_it_was_added_at_its_own_size(edits: Edits, tmp_path: Path) -> None:
    path = drawn_file(tmp_path, "mug.png", 1600, 900)
    target = await target_in(form(picture_1=str(path), region=said(path)), PictureWork(), edits.history, "")
    assert target
    assert target.mask
    assert (target.place, target.original.path, target.original.width) == (0, path, 1600)
    assert (target.mask.width, target.mask.height) == (1024, 576)


@pytest.mark.parametrize("strokes", [(), (Stroke("eraser", 0.5, ((0.5, 0.5),)),)])
async def test_where_nothing_is_painted_all_of_it_may_change(
    strokes: tuple[Stroke, ...], edits: Edits, tmp_path: Path
) -> None:
    path = drawn_file(tmp_path)
    known = form(picture_1=str(path), region=said(path, strokes=strokes))
    assert await target_in(known, PictureWork(), edits.history, "") is None


async def test_painting_everything_is_refused_with_a_sentence(edits: Edits, tmp_path: Path) -> None:
    path = drawn_file(tmp_path)
    everything = (Stroke("rectangle", 0.1, ((-0.1, -0.1), (1.1, 1.1))),)
    known = form(picture_1=str(path), region=said(path, strokes=everything))
    with pytest.raises(ImageEditError, match="Everything is painted"):
        await target_in(known, PictureWork(), edits.history, "")


async def test_the_mask_of_somebody_else_is_not_looked_at(edits: Edits, tmp_path: Path) -> None:
    path, foreign = drawn_file(tmp_path), tmp_path / "foreign.png"
    Image.new("L", (640, 480), "white").save(foreign)
    known = form(picture_1=str(path), region=said(path, base=str(foreign)))
    target = await target_in(known, PictureWork(), edits.history, "")
    assert target
    assert target.mask
    assert not isinstance(target.mask, KeptPicture)
    with Image.open(io.BytesIO(target.mask.data)) as mask:
        assert np.asarray(mask).mean() < 30  # the dot alone


@pytest.mark.parametrize("chosen", ["same-1", "same-2"])
async def test_the_size_of_a_picture_is_a_target_without_a_mask(chosen: str, edits: Edits, tmp_path: Path) -> None:
    one, other = drawn_file(tmp_path, "one.png", 640, 480), drawn_file(tmp_path, "other.png", 300, 500)
    known = form(picture_1=str(one), picture_2=str(other), size=chosen)
    target = await target_in(known, PictureWork(), edits.history, "")
    assert target
    assert not target.painted
    assert (target.place, target.original.path) == ((0, one) if chosen == "same-1" else (1, other))


async def test_the_size_of_a_picture_that_is_not_there_is_refused(edits: Edits, tmp_path: Path) -> None:
    known = form(picture_1=str(drawn_file(tmp_path)), size="same-3")
    with pytest.raises(ImageEditError, match="There is no image 3"):
        await target_in(known, PictureWork(), edits.history, "")


@pytest.mark.parametrize(
    ("size", "painted", "chosen", "sent"),
    [
        ((4000, 3000), False, "1:1", "2048*1536"),
        ((600, 400), False, "auto", "768*512"),
        ((640, 480), True, "16:9", "auto"),
    ],
)
async def test_what_is_sent_has_the_shape_of_what_results_are_put_into(  # noqa: PLR0913, PLR0917 - a table
    size: tuple[int, int],
    painted: bool,  # noqa: FBT001 - see above
    chosen: str,
    sent: str,
    edits: Edits,
    tmp_path: Path,
) -> None:
    path = drawn_file(tmp_path, "mug.png", *size)
    known = form(picture_1=str(path), prompt="edit", size=chosen, region=said(path) if painted else "")
    if not painted:
        known = replace(known, size="same-1")
    target = await target_in(known, PictureWork(), edits.history, "")
    request: EditRequest = await known.request(Settings(home=tmp_path), PictureWork().prepare, target=target)
    assert request.size == sent


def test_the_page_says_where_the_picture_may_change(drawn: Drawn, tmp_path: Path) -> None:
    path = drawn_file(tmp_path)
    plan = plan_of_region(drawn.page, form(picture_2=str(path), region=said(path)))
    assert "painted region of image 1" in value(plan, drawn.page.region.fold)
    assert told(plan, drawn.page.region.remove)["visible"] is True
    assert [("on" in told(plan, slot.region)["elem_classes"]) for slot in drawn.page.slots] == [False, True, False]
    kept = plan_of_region(drawn.page, form(picture_2=str(path), region=said(path, keep=True)))
    assert "all but the region of image 1" in value(kept, drawn.page.region.fold)
    nothing = plan_of_region(drawn.page, form(picture_2=str(path)))
    assert "anywhere" in value(nothing, drawn.page.region.fold)
    assert told(nothing, drawn.page.region.remove)["visible"] is False


async def test_the_painter_opens_over_the_picture_with_what_was_painted(
    handlers: RegionHandlers, tmp_path: Path
) -> None:
    path, page = drawn_file(tmp_path), handlers.watch.page
    known = values(picture_1=uploaded(path), region=said(path))
    opened = handlers.open(1, watchlist=Watchlist(), **known)
    assert told(opened, page.stage.painter)["visible"] is True
    assert path.name in value(opened, page.stage.painter)
    assert "&#34;brush&#34;" in value(opened, page.stage.painter)
    assert told(opened, page.stage.scene)["visible"] is False


@pytest.mark.parametrize("held", [{}, {"url_1": "https://pictures.example/a.png"}, {"picture_1": "/nowhere/a.png"}])
async def test_without_a_picture_to_paint_on_the_page_says_so(
    held: dict[str, object], handlers: RegionHandlers
) -> None:
    opened = handlers.open(1, watchlist=Watchlist(), **values(**held))
    assert "Add a picture first, as a file." in value(opened, handlers.watch.page.prompt.status)
    assert handlers.watch.page.stage.painter not in opened


async def test_removing_the_region_forgets_it_and_shows_the_picture(handlers: RegionHandlers, tmp_path: Path) -> None:
    path, watch = drawn_file(tmp_path), handlers.watch
    known = values(picture_1=uploaded(path), region=said(path), prompt="edit")
    left = await handlers.remove(watchlist=Watchlist(), outcome=None, selected=0, whole=False, **known)
    assert left[watch.memory.region] == ""
    assert told(left, watch.page.stage.painter)["visible"] == "hidden"
    assert "anywhere" in value(left, watch.page.region.fold)
    assert ">Ready<" in value(left, watch.page.prompt.status)


async def test_leaving_the_painter_shows_what_was_on_the_stage(handlers: RegionHandlers, tmp_path: Path) -> None:
    path, page = drawn_file(tmp_path), handlers.watch.page
    known = values(picture_1=uploaded(path), region=said(path), prompt="edit")
    asked = {"watchlist": Watchlist(), "visitor": "", "selected": 0, "whole": False, "repainted": "", **known}
    (idle,) = await all_of(handlers.done(outcome=None, **asked))
    assert "Ready: only the painted part will change" in value(idle, page.prompt.status)
    assert told(idle, page.stage.scene)["visible"] is True
    outcome = of_entry(an_edit(folder=tmp_path))
    (again,) = await all_of(handlers.done(outcome=outcome, **asked))
    assert told(again, page.stage.results)["visible"] is True


def target(folder: Path, **changes: object) -> Target:
    path = folder / "original.png"
    path.write_bytes(png(64, 48))
    mask = folder / "mask.png"
    Image.new("L", (64, 48)).save(mask)
    kept = KeptPicture(path, "a", "image/png", 64, 48, 9)
    known = {"place": 0, "original": kept, "mask": KeptPicture(mask, "b", "image/png", 64, 48, 9)}
    return Target(**known | changes)  # type: ignore[arg-type]


def pasted(folder: Path, *, accepted: bool = True, outside: float = 0.0) -> Pasted:
    picture = ResultPicture(folder / "pasted.png", 64, 48, "image/png", "c", 9)
    return Pasted(picture, accepted, 0.9, outside)


@pytest.mark.parametrize(
    ("changes", "made", "sentence", "buttons"),
    [
        ({}, {}, "Only what you painted comes from the result.", ["Paint again"]),
        ({}, {"outside": 0.3}, "A part of the change lies outside", ["Grow the region and paste again", "Paint again"]),
        ({}, {"accepted": False}, "does not lie over your picture well enough", ["Paint again"]),
        ({}, None, "could not be put into your picture", ["Paint again"]),
        ({"manner": Manner(keep=True)}, {}, "What you painted is your picture", ["Paint again"]),
        ({"manner": Manner(keep=True)}, {"outside": 0.3}, "What you painted is your picture", ["Paint again"]),
        ({"manner": Manner(keep=True)}, {"accepted": False}, "has moved what was to be kept", ["Paint again"]),
        ({"mask": None}, {}, "Brought to 64×48, the size of image 1.", []),
    ],
)
def test_what_became_of_a_result_is_said_with_what_can_be_done(
    changes: dict[str, object], made: dict[str, Any] | None, sentence: str, buttons: list[str], tmp_path: Path
) -> None:
    put_back = None if made is None else pasted(tmp_path, **made)
    outcome = of_entry(an_edit(folder=tmp_path, target=target(tmp_path, **changes), pasted=(put_back,)))
    note = pasted_note("en", outcome, 0)
    assert sentence in note
    assert [button for button in ("Grow the region and paste again", "Paint again") if button in note] == buttons


def test_a_result_without_a_target_has_nothing_said(tmp_path: Path) -> None:
    assert pasted_note("en", of_entry(an_edit(folder=tmp_path)), 0) == ""


def test_what_stands_for_a_result_is_what_fits(tmp_path: Path) -> None:
    def shown(accepted: bool, whole: bool, **changes: object) -> str:  # noqa: FBT001 - a table
        put_back = (pasted(tmp_path, accepted=accepted),)
        outcome = of_entry(an_edit(folder=tmp_path, target=target(tmp_path, **changes), pasted=put_back))
        picture = outcome.picture_at(0, whole=whole)
        assert picture
        return picture.path.name

    assert shown(accepted=True, whole=False) == "pasted.png"
    assert shown(accepted=True, whole=True) == "edit-1.png"
    assert shown(accepted=False, whole=False) == "edit-1.png"
    assert shown(accepted=False, whole=False, mask=None) == "pasted.png"


def test_an_edit_that_is_used_again_brings_its_region_and_its_original(drawn: Drawn, tmp_path: Path) -> None:
    entry = an_edit(folder=tmp_path, target=target(tmp_path, manner=Manner(keep=True)), pasted=(pasted(tmp_path),))
    filled = restored(drawn.page, drawn.memory, entry, seed=None)
    original = str(tmp_path / "original.png")
    assert filled[drawn.page.slots[0].picture] == original
    region = Region.read(filled[drawn.memory.region])
    assert region
    assert (region.picture, region.base, region.keep) == (original, str(tmp_path / "mask.png"), True)
    whole = restored(drawn.page, drawn.memory, replace(entry, target=target(tmp_path, mask=None)), seed=None)
    assert (whole[drawn.memory.region], whole[drawn.page.size.size]) == ("", "same-1")
    assert restored(drawn.page, drawn.memory, an_edit(), seed=None)[drawn.memory.region] == ""


def test_the_region_of_results_belongs_to_their_edit(tmp_path: Path) -> None:
    entry = an_edit(folder=tmp_path, target=target(tmp_path), pasted=(pasted(tmp_path),))
    region = region_of(entry)
    assert region
    assert (region.edit, region.picture) == (entry.id, "")
    assert region_of(an_edit()) is None


@pytest.mark.parametrize("outcome", [None, Outcome("failed", "", None, 0, offline=True, id="nobody")])
async def test_what_is_gone_is_not_painted_again(outcome: Outcome | None, handlers: RegionHandlers) -> None:
    opened = await handlers.repaint(language="en", visitor="", outcome=outcome)
    assert "no longer" in status(opened, Drawn(handlers.watch.page, handlers.watch.memory))
    known = {"watchlist": Watchlist(), "visitor": "", "language": "en", "outcome": outcome}
    assert await all_of(handlers.grow(**known)) == []


async def test_a_larger_canvas_takes_the_slot_with_the_new_area_painted(
    handlers: RegionHandlers, edits: Edits, tmp_path: Path
) -> None:
    path, watch = drawn_file(tmp_path, "mug.png", 400, 300), handlers.watch
    known = {"picture_1": uploaded(path), "prompt": "A sunny beach."}
    grown = await handlers.grow_canvas(sides=["←"], amount=50, **values(**known))
    larger = Path(grown[watch.page.slots[0].picture])
    assert (larger.name, larger.parent) != (path.name, path.parent)
    assert larger.name == "mug.png"
    with Image.open(larger) as image:
        assert image.size == (600, 300)
    assert grown[watch.memory.wording].startswith("A sunny beach.\nFill the grey area")
    region = grown[watch.memory.region]
    target = await target_in(form(picture_1=str(larger), region=region), PictureWork(), edits.history, "")
    assert target
    assert isinstance(target.mask, Picture)
    with Image.open(io.BytesIO(target.mask.data)) as mask:
        painted = np.asarray(mask) > 0
    assert painted[:, :199].all()
    assert not painted[:, 201:].any()
    again = await handlers.grow_canvas(
        sides=["↑"], amount=10, **values(picture_1=uploaded(larger), prompt=grown[watch.memory.wording])
    )
    assert again[watch.memory.wording] == grown[watch.memory.wording]


@pytest.mark.parametrize(
    ("sides", "held", "said"),
    [
        (["←"], {}, "Add a picture first"),
        ([], {"picture_1": "mug.png"}, "Add a picture first"),
        (["left"], {"picture_1": "mug.png"}, "Add a picture first"),
        (None, {"picture_1": "mug.png"}, "Add a picture first"),
        (["←"], {"picture_1": "gone.png"}, "no longer there"),
    ],
)
async def test_a_canvas_that_cannot_grow_says_why_and_changes_nothing(
    sides: list[str] | None, held: dict[str, str], said: str, handlers: RegionHandlers, tmp_path: Path
) -> None:
    drawn_file(tmp_path, "mug.png")
    known = {slot: uploaded(tmp_path / name) for slot, name in held.items()}
    refused = await handlers.grow_canvas(sides=sides, amount=25, **values(**known))
    assert set(refused) == {handlers.watch.page.prompt.status, handlers.watch.memory.wording}
    assert refused[handlers.watch.memory.wording] == ""
    assert said in value(refused, handlers.watch.page.prompt.status)


async def test_of_a_large_picture_the_surroundings_are_sent_and_the_whole_comes_back(
    drawn: Drawn, edits: Edits, tmp_path: Path
) -> None:
    with Image.open(RACCOON) as photograph:
        image = photograph.convert("RGB").resize((2000, 1500))
    ImageDraw.Draw(image).ellipse((900, 650, 1100, 850), "#e27a24")
    path = tmp_path / "mug.png"
    image.save(path)
    box = Stroke("rectangle", 0.1, ((0.43, 0.4), (0.57, 0.6)))
    handlers = handlers_of(drawn, edits, Settings(home=tmp_path / "home"))
    prompt = "Change the orange in Image 1 to blue, with a little drift."
    asked = values(picture_1=uploaded(path), prompt=prompt, region=said(path, strokes=(box,)))
    seen = await all_of(handlers.run(watchlist=Watchlist(), visitor="", **asked))
    outcome = seen[-1][drawn.memory.outcome]
    assert outcome.target.box.size == (640, 640)
    entry = await edits.history.entry("", outcome.id)
    assert entry
    (sent,) = entry.pictures
    assert isinstance(sent, KeptPicture)
    assert (sent.width, sent.height, sent.name) == (640, 640, "mug")
    # What it is compared with is what it was put back into.
    assert outcome.pictures == (path,)
    assert of_entry(entry).pictures == (entry.target and entry.target.original.path,)
    put_back = outcome.pasted_at(0)
    assert put_back
    with Image.open(put_back.picture.path) as made:
        after, before = np.asarray(made), np.asarray(image)
    assert after.shape == before.shape
    outside = np.ones(before.shape[:2], np.bool_)
    outside[597:904, 857:1144] = False
    assert (after[outside] == before[outside]).all()
    assert (after[750, 1000] != before[750, 1000]).any()
    again = restored(drawn.page, drawn.memory, entry, seed=None)
    assert again[drawn.page.slots[0].picture] == str(entry.target and entry.target.original.path)


async def test_whoever_wants_the_whole_picture_sent_has_it_sent(edits: Edits, tmp_path: Path) -> None:
    path = drawn_file(tmp_path, "mug.png", 2000, 1500)
    spot = (Stroke("rectangle", 0.1, ((0.45, 0.45), (0.55, 0.55))),)
    for changes, is_part in (({}, True), ({"crop": False}, False), ({"keep": True}, False)):
        known = form(picture_1=str(path), region=said(path, strokes=spot, **changes))
        target = await target_in(known, PictureWork(), edits.history, "")
        assert target
        assert (target.box is not None) is is_part
