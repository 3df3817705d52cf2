import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from edits_at_hand import handlers_of
from page_at_hand import Drawn, done, draw, drawn_file, told, uploaded, value, values, watching

from client import Edits, Settings
from client.pictures import PictureWork
from client.pictures.region import Stroke
from client.pictures.structure import structure_map
from ui import sizes
from ui.handlers import Updates
from ui.handlers.region import RegionHandlers
from ui.handlers.slots import SlotHandlers
from ui.handlers.structure import StructureHandlers
from ui.structure import Made, Structure, sentence, unworded, worded
from ui.watchlist import Watchlist

LINE = Stroke("brush", 0.02, ((0.1, 0.5), (0.9, 0.5)))


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@pytest.fixture
async def edits(tmp_path: Path) -> Any:  # noqa: ANN401 - a generator, as pytest wants it
    edits = Edits(Settings(home=tmp_path / "home"))
    yield edits
    await edits.close(1)


@pytest.fixture
def handlers(drawn: Drawn, edits: Edits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StructureHandlers:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    settings = Settings(home=tmp_path / "home")
    slots = SlotHandlers(drawn.page, drawn.memory, settings, PictureWork())
    return StructureHandlers(RegionHandlers(handlers_of(drawn, edits, settings).watch, slots))


def said(slot: int = 1, **changes: object) -> str:
    return Structure(slot=slot, **changes).model_dump_json()  # type: ignore[arg-type]


def lying(updates: Updates, handlers: StructureHandlers, slot: int = 1) -> bytes:
    """Return the file that was put into a slot."""
    return Path(updates[handlers.region.watch.page.slots[slot - 1].picture]).read_bytes()


async def used(handlers: StructureHandlers, structure: str, **changes: Any) -> Updates:  # noqa: ANN401 - see values
    """Press "Use it" on an idle page, with the words and pictures of `changes`."""
    known = {"watchlist": Watchlist(), "outcome": None, "selected": 0, "whole": False, "made": {}}
    known |= {name: changes.pop(name) for name in [*known, "way"] if name in changes}
    return await handlers.use(structure=structure, **known, **values(**changes))


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "nonsense",
        None,
        "[]",
        json.dumps({"kind": "lines"}),
        json.dumps({"slot": 0}),
        json.dumps({"slot": 4}),
        json.dumps({"slot": 1, "kind": "depth"}),
        json.dumps({"slot": 1, "detail": 101}),
        '{"slot": 1, "detail": NaN}',
        json.dumps({"slot": 1, "shape": "7:1"}),
        json.dumps({"slot": 1, "strokes": [{"tool": "brush", "width": 9, "points": [[0, 0]]}]}),
        json.dumps({"slot": 1, "shape": "1:1" * 200_000}),
    ],
)
def test_what_says_nothing_of_use_is_no_structure(wrong: object) -> None:
    assert Structure.read(wrong) is None


def test_the_sentence_for_a_map_comes_first_and_takes_the_place_of_the_one_before() -> None:
    edges = worded("en", "a red cup", "edges", 1)
    assert edges == "Generate an image consistent with the edge map in Image 1: a red cup"
    lines = worded("zh", edges, "lines", 1)
    assert lines == "按照图1的线稿生成图像： a red cup"
    both = worded("en", lines, "sketch", 2)
    assert both.startswith(sentence("en", "sketch", 2))
    assert sentence("zh", "lines", 1) in both
    assert unworded(unworded(both, 1), 2) == "a red cup"


async def test_the_maker_opens_over_the_picture_and_the_pad_in_an_empty_slot(
    handlers: StructureHandlers, tmp_path: Path
) -> None:
    page, path = handlers.region.watch.page, drawn_file(tmp_path)
    known = values(picture_1=uploaded(path))
    opened = handlers.open(1, watchlist=Watchlist(), made={}, **known)
    assert path.name in value(opened, page.stage.maker)
    assert "Put it in slot 2 instead" in value(opened, page.stage.maker)
    assert "Put the picture back" not in value(opened, page.stage.maker)
    assert told(opened, page.stage.scene)["visible"] is False
    pad = handlers.open(3, watchlist=Watchlist(), made={}, **known)
    assert "data-sketch" in value(pad, page.stage.painter)
    assert "Draw image 2" in value(pad, page.stage.heading)
    assert value(pad, page.stage.maker) == ""


async def test_with_all_slots_filled_a_map_can_only_take_its_pictures_place(
    handlers: StructureHandlers, tmp_path: Path
) -> None:
    filled = {f"picture_{number}": uploaded(drawn_file(tmp_path, f"{number}.png")) for number in (1, 2, 3)}
    opened = handlers.open(2, watchlist=Watchlist(), made={}, **values(**filled))
    assert "instead" not in value(opened, handlers.region.watch.page.stage.maker)


@pytest.mark.parametrize("held", [{"url_1": "https://pictures.example/a.png"}, {"picture_1": "/nowhere/a.png"}])
async def test_without_a_file_to_make_a_map_of_the_page_says_so(
    held: dict[str, object], handlers: StructureHandlers
) -> None:
    opened = handlers.open(1, watchlist=Watchlist(), made={}, **values(**held))
    assert "Add a picture first, as a file." in value(opened, handlers.region.watch.page.prompt.status)
    assert handlers.region.watch.page.stage.maker not in opened


async def test_the_preview_is_the_map_that_will_be_sent(handlers: StructureHandlers, tmp_path: Path) -> None:
    path, memory = drawn_file(tmp_path), handlers.region.watch.memory
    known = values(picture_1=uploaded(path))
    shown = await handlers.preview(structure=said(kind="edges", detail=30), made={}, **known)
    wanted = structure_map(path, "edges", 0.3)
    assert shown[memory.preview].endswith(f"{sha256(wanted).hexdigest()}.png")
    taken = await used(handlers, said(kind="edges", detail=30), picture_1=uploaded(path))
    assert lying(taken, handlers) == wanted


async def test_a_picture_that_cannot_be_read_any_more_is_said_and_leaves_the_words_alone(
    handlers: StructureHandlers, tmp_path: Path
) -> None:
    path, watch = tmp_path / "gone.png", handlers.region.watch
    shown = await handlers.preview(structure=said(), made={}, **values(picture_1=uploaded(path)))
    assert shown[watch.memory.preview] == ""
    assert "failed" in value(shown, watch.page.prompt.status)
    taken = await used(handlers, said(), picture_1=uploaded(path), prompt="a cup")
    assert taken[watch.memory.wording] == ""
    assert watch.page.slots[0].picture not in taken


async def test_a_full_disk_is_said_and_the_maker_stays(
    handlers: StructureHandlers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, page = drawn_file(tmp_path), handlers.region.watch.page
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(path / "no folder"))
    taken = await used(handlers, said(), picture_1=uploaded(path))
    assert "Is the disk full?" in value(taken, page.prompt.status)
    assert page.stage.maker not in taken


async def test_a_map_takes_its_pictures_place_is_changed_from_the_picture_and_gives_way_to_it_again(
    handlers: StructureHandlers, tmp_path: Path
) -> None:
    path, page, memory = drawn_file(tmp_path, "mug.png"), handlers.region.watch.page, handlers.region.watch.memory
    slot = page.slots[0].picture
    first = await used(handlers, said(kind="edges"), picture_1=uploaded(path), prompt="a red cup")
    put, made = Path(first[slot]), first[memory.made]
    assert put.name == "mug-edges.png"
    assert first[memory.wording] == "Generate an image consistent with the edge map in Image 1: a red cup"
    assert value(first, page.stage.maker) == ""
    assert put.name in value(first, page.stage.scene)

    known = {"picture_1": uploaded(put), "prompt": first[memory.wording], "made": made}
    again = handlers.open(1, watchlist=Watchlist(), **values(**known))
    assert 'data-kind="edges" aria-checked="true"' in value(again, page.stage.maker)
    assert "Put the picture back" in value(again, page.stage.maker)
    second = await used(handlers, said(kind="tones", detail=80), **known)
    assert lying(second, handlers) == structure_map(path, "tones", 0.8)
    assert second[memory.wording] == "Generate an image consistent with the shapes and tones of Image 1: a red cup"

    back = await used(handlers, said(kind="edges"), way="back", **known)
    assert back[slot] == str(path)
    assert back[memory.wording] == "a red cup"


async def test_a_map_beside_its_picture_is_the_image_that_the_sentence_names(
    handlers: StructureHandlers, tmp_path: Path
) -> None:
    path, page = drawn_file(tmp_path), handlers.region.watch.page
    taken = await used(handlers, said(slot=2), way="beside", picture_2=uploaded(path), url_3="https://a.example/b.png")
    assert page.slots[1].picture not in taken
    assert lying(taken, handlers) == structure_map(path, "lines", 0.5)
    assert "the line art in Image 1:" in taken[handlers.region.watch.memory.wording]


async def test_what_is_drawn_lies_in_its_slot_and_can_be_drawn_on(handlers: StructureHandlers, tmp_path: Path) -> None:
    page, memory = handlers.region.watch.page, handlers.region.watch.memory
    sketch = said(slot=2, kind="sketch", shape="16:9", strokes=(LINE,))
    taken = await used(handlers, sketch, picture_1=uploaded(drawn_file(tmp_path)), prompt="a river")
    put = Path(taken[page.slots[1].picture])
    assert put.name == "sketch.png"
    assert (await PictureWork().describe(put)).header.upright_size == sizes.SHAPES["16:9"]
    assert taken[memory.wording] == "Generate an image consistent with the sketch in Image 2: a river"
    known = values(picture_2=uploaded(put))
    again = handlers.open(2, watchlist=Watchlist(), made=taken[memory.made], **known)
    assert "&#34;16:9&#34;" in value(again, page.stage.painter)
    assert "&#34;brush&#34;" in value(again, page.stage.painter)


@pytest.mark.parametrize("structure", ["", said(slot=1, kind="sketch")])
async def test_an_empty_sheet_is_put_nowhere(structure: str, handlers: StructureHandlers) -> None:
    taken = await used(handlers, structure, prompt="a river")
    assert handlers.region.watch.page.slots[0].picture not in taken
    assert taken[handlers.region.watch.memory.wording] == ""
    assert told(taken, handlers.region.watch.page.stage.scene)["visible"] is True


async def test_the_stage_goes_back_to_the_results_and_never_covers_an_edit_that_runs(
    handlers: StructureHandlers, tmp_path: Path
) -> None:
    path, page = drawn_file(tmp_path), handlers.region.watch.page
    results = tmp_path / "results"
    results.mkdir()
    taken = await used(handlers, said(), outcome=done(results), picture_1=uploaded(path))
    assert told(taken, page.stage.results)["visible"] is True
    busy = await used(handlers, said(), watchlist=watching(), picture_1=uploaded(path))
    assert page.slots[0].picture in busy
    assert page.stage.scene not in busy


async def test_a_source_that_is_gone_cannot_be_put_back(handlers: StructureHandlers, tmp_path: Path) -> None:
    put, memory = drawn_file(tmp_path, "mug-edges.png"), handlers.region.watch.memory
    structure = Structure(slot=1, kind="edges")
    known = {"picture_1": uploaded(put), "prompt": "a cup", "made": {str(put): Made(structure, tmp_path / "gone.png")}}
    back = await used(handlers, structure.model_dump_json(), way="back", **known)
    assert back[memory.wording] == "a cup"
    assert handlers.region.watch.page.slots[0].picture not in back
