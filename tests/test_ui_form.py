import asyncio
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from doubles import png
from page_at_hand import draw, drawn_file, uploaded, values

from client import EditRequest, InvalidImageError, InvalidRequestError, Picture, Settings
from client.catalog import model_spec
from client.pictures import PictureWork
from ui import sizes
from ui.form import Filled, Form, SlotError, form_inputs

LINK = "https://pictures.example/hat.png"


def form(**changes: object) -> Form:
    return Form(**values(prompt="invert", **changes))


async def request_of(**changes: object) -> EditRequest:
    return await form(**changes).request(Settings(), PictureWork().prepare)


def test_the_page_has_a_component_for_every_value_of_the_form() -> None:
    drawn = draw()
    inputs = form_inputs(drawn.page, drawn.memory)
    assert inputs.keys() == {each.name for each in fields(Form)}
    assert len({id(component) for component in inputs.values()}) == len(inputs)


@pytest.mark.parametrize(
    ("filled", "numbers"),
    [
        ({}, []),
        ({"picture_1": "/a.png"}, [(1, 1)]),
        ({"picture_2": "/b.png"}, [(2, 1)]),
        ({"picture_1": "/a.png", "picture_3": "/c.png"}, [(1, 1), (3, 2)]),
        ({"url_2": LINK, "picture_3": "/c.png"}, [(2, 1), (3, 2)]),
        ({"url_1": "   ", "picture_2": "/b.png"}, [(2, 1)]),
        ({"picture_1": "/a.png", "picture_2": "/b.png", "picture_3": "/c.png"}, [(1, 1), (2, 2), (3, 3)]),
    ],
)
def test_filled_slots_are_numbered_without_gaps(filled: dict[str, str], numbers: list[tuple[int, int]]) -> None:
    assert [(one.slot, one.number) for one in form(**filled).filled] == numbers


def test_a_picture_goes_before_a_link_in_the_same_slot() -> None:
    (one,) = form(picture_1="/a.png", url_1=LINK).filled
    assert (one.path, one.url) == (Path("/a.png"), "")


def test_a_file_may_come_as_the_browser_names_it(tmp_path: Path) -> None:
    (one,) = form(picture_2=uploaded(tmp_path / "a.png")).filled
    assert (one.slot, one.path, one.shown) == (2, tmp_path / "a.png", tmp_path / "a.png")


def test_a_file_without_a_path_is_no_file() -> None:
    assert form(picture_1={"path": None, "url": "https://elsewhere.example/a.png"}).filled == ()


def test_an_emptied_field_means_its_default() -> None:
    emptied = Form(**values() | dict.fromkeys(("prompt", "negative", "model", "n", "width", "height", "seed")))
    assert (emptied.prompt, emptied.negative, emptied.model) == ("", "", "")
    assert (emptied.n, emptied.width, emptied.height, emptied.seed) == (1, 1024, 1024, None)


def test_the_original_is_sent_and_the_preview_shown(tmp_path: Path) -> None:
    preview, scan = drawn_file(tmp_path), tmp_path / "scan.tiff"
    (one,) = form(picture_1=str(preview), originals={str(preview): str(scan)}).filled
    assert (one.path, one.shown) == (scan, preview)
    assert form(picture_2=str(preview), originals={str(preview): str(scan)}).first_shown == preview


def test_the_first_picture_that_can_be_used_is_the_one_that_is_shown(tmp_path: Path) -> None:
    first, second = drawn_file(tmp_path), drawn_file(tmp_path, "second.png")
    assert form(picture_1="/uploads/gone.png", picture_2=str(second)).first_shown == second
    assert form(picture_1=str(first), picture_2=str(second)).first_usable({1}) == Filled(2, 2, second, "", second)


def test_a_link_a_picture_that_is_gone_and_an_empty_page_have_nothing_to_show() -> None:
    assert form(picture_1="/uploads/gone.png").first_shown is None
    assert form(url_1=LINK).first_shown is None
    assert form().first_shown is None


async def test_a_request_holds_what_was_filled_in(tmp_path: Path) -> None:
    request = await request_of(
        picture_1=uploaded(drawn_file(tmp_path, "a.png", 640, 480)),
        url_2=f" {LINK} ",
        picture_3=str(drawn_file(tmp_path, "c.png", 400, 500)),
        negative="blur",
        n=3,
        seed=5,
        prompt_extend=False,
        watermark=True,
    )
    assert [(each.width, each.height) if isinstance(each, Picture) else each for each in request.pictures] == [
        (640, 480),
        LINK,
        (400, 500),
    ]
    assert (request.prompt, request.negative_prompt, request.n, request.seed) == ("invert", "blur", 3, 5)
    assert (request.prompt_extend, request.watermark, request.size) == (False, True, "1184*880")


async def test_a_fit_file_gets_into_the_request_byte_for_byte(tmp_path: Path) -> None:
    request = await request_of(picture_1=str(drawn_file(tmp_path)))
    (picture,) = request.pictures
    assert isinstance(picture, Picture)
    assert picture.data == png(640, 480)


@pytest.mark.parametrize(
    ("choice", "size"),
    [
        ({"size": "auto"}, "auto"),
        ({"size": "16:9"}, "1360*768"),
        ({"size": "custom", "width": 800, "height": 1200}, "800*1200"),
        ({"size": "auto", "width": 800}, "auto"),
    ],
)
async def test_the_chosen_size_is_asked_for(choice: dict[str, Any], size: str, tmp_path: Path) -> None:
    assert (await request_of(picture_1=str(drawn_file(tmp_path)), **choice)).size == size


async def test_a_program_asks_for_a_size_in_its_own_words(tmp_path: Path) -> None:
    asked = await form(picture_1=str(drawn_file(tmp_path)), size="1:1").request(
        Settings(), PictureWork().prepare, size="1024 x 1536"
    )
    assert asked.size == "1024*1536"


async def test_the_picture_that_cannot_be_used_is_named_by_its_number_in_the_request(tmp_path: Path) -> None:
    broken = drawn_file(tmp_path, "broken.png")
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(SlotError) as caught:
        await request_of(picture_1=str(drawn_file(tmp_path)), picture_3=str(broken))
    assert caught.value.number == 2
    assert isinstance(caught.value.error, InvalidImageError)


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"])
async def test_a_file_that_is_no_picture_is_a_slot_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(SlotError) as caught:
        await request_of(picture_1=str(path))
    assert caught.value.number == 1


async def test_a_file_that_is_gone_is_a_slot_error(tmp_path: Path) -> None:
    with pytest.raises(SlotError) as caught:
        await request_of(picture_2=str(tmp_path / "gone.png"))
    assert caught.value.error.message.code == "image.missing"


@pytest.mark.parametrize("link", ["http://127.0.0.1/a.png", "http://localhost/a.png", "file:///etc/passwd", "hat.png"])
async def test_a_link_that_nobody_may_use_is_a_slot_error(link: str) -> None:
    with pytest.raises(SlotError) as caught:
        await request_of(url_1=link)
    assert caught.value.error.message.code == "request.url"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"n": 7}, "request.n"),
        ({"n": 0}, "request.n"),
        ({"n": 1.5}, "request.field"),
        ({"seed": -1}, "request.seed"),
        ({"seed": 2**31}, "request.seed"),
        ({"seed": 0.5}, "request.seed"),
        ({"model": ""}, "request.model"),
        ({"size": "custom", "width": 100}, "request.size_side"),
    ],
)
async def test_a_wrong_value_is_an_error_with_a_sentence(wrong: dict[str, Any], code: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await request_of(picture_1=str(drawn_file(tmp_path)), **wrong)
    assert caught.value.message.code == code


async def test_pictures_are_prepared_while_the_page_goes_on(tmp_path: Path) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    large = drawn_file(tmp_path, "large.png", 4000, 3000)
    await request_of(picture_1=str(large))
    ticking.cancel()
    assert ticks > 5


def test_the_offered_shapes_are_what_the_service_makes() -> None:
    for name, (width, height) in sizes.SHAPES.items():
        wide, high = map(int, name.split(":"))
        assert width % sizes.STEP == height % sizes.STEP == 0
        assert abs(width / height - wide / high) < 0.03
        assert 0.98 < width * height / 1024**2 < 1.02
    assert list(sizes.CHOICES) == ["auto", "same-1", "same-2", "same-3", *sizes.SHAPES, "custom"]


WIDE, TALL, SQUARE = (600, 400), (400, 600), (512, 512)


@pytest.mark.parametrize(
    ("pictures", "model", "size"),
    [
        # Asked for no size, the service takes the shape of the last picture: of these, that is the first one's.
        ([WIDE], "qwen-image-edit-plus", "auto"),
        ([WIDE, TALL, (1200, 800)], "qwen-image-edit-plus", "auto"),
        ([WIDE, TALL], "qwen-image-edit-plus", "1248*832"),
        ([SQUARE, TALL, WIDE], "qwen-image-2.0", "1024*1024"),
        ([WIDE, LINK], "qwen-image-edit-plus", "1248*832"),
        ([LINK, WIDE], "qwen-image-edit-plus", "auto"),
        ([WIDE, TALL], "qwen-image-edit", "auto"),
    ],
)
async def test_an_automatic_size_has_the_shape_of_the_first_picture(
    pictures: list[Any], model: str, size: str, tmp_path: Path
) -> None:
    filled: dict[str, str] = {}
    for number, one in enumerate(pictures, start=1):
        if isinstance(one, str):
            filled[f"url_{number}"] = one
        else:
            filled[f"picture_{number}"] = str(drawn_file(tmp_path, f"{number}.png", *one))
    assert (await request_of(model=model, **filled)).size == size


@pytest.mark.parametrize("ratio", [0.01, 0.125, 0.3, 0.5625, 1, 1.3333, 1.5, 2.2, 5, 7.99, 8, 64])
def test_a_size_of_a_shape_is_one_that_its_model_makes(ratio: float) -> None:
    for model in ("qwen-image-edit-plus", "qwen-image-2.0", "qwen-image-3.0"):
        spec = model_spec(model)
        assert spec.size
        width, height = sizes.shaped_like((round(10_000 * ratio), 10_000), spec.size)
        assert width % sizes.STEP == height % sizes.STEP == 0
        if 0.3 <= ratio <= 2.2:
            assert abs(width / height / ratio - 1) < 0.03
            assert 0.97 < width * height / sizes.AREA < 1.03
        picture = Picture(png(8, 8), "image/png", 8, 8)
        size = f"{width}*{height}"
        assert EditRequest(model=model, prompt="invert", pictures=(picture,), size=size).size == size


@pytest.mark.parametrize(("typed", "sent"), [(700, "704*1024"), (704, "704*1024"), (696.1, "704*1024"), (3, "16*1024")])
def test_a_typed_size_is_rounded_to_the_steps_of_the_service(typed: float, sent: str) -> None:
    assert sizes.wire(sizes.CUSTOM, typed, 1024) == sent  # type: ignore[arg-type]
