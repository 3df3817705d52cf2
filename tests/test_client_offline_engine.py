from collections.abc import Callable

import numpy as np
import pytest
from offline_calls import Pixels, edited, file_of, pixels_of, result, scene
from PIL import Image, ImageFilter

from client.offline import filters
from client.offline.engine import Order, edit
from client.offline.prompts import NAMES

SCENE = scene()
PLAIN = result("nothing it knows", SCENE)
"""The scene as it comes back when nothing was understood."""


def light(pixels: Pixels) -> float:
    return float(np.asarray(Image.fromarray(pixels).convert("L")).mean())


def contrast(pixels: Pixels) -> float:
    return float(np.asarray(Image.fromarray(pixels).convert("L")).std())


def warmth(pixels: Pixels) -> float:
    return float(pixels[..., 0].mean()) - float(pixels[..., 2].mean())


def chroma(pixels: Pixels) -> float:
    return float((pixels.max(axis=2).astype(int) - pixels.min(axis=2)).mean())


def detail(pixels: Pixels) -> float:
    edges = Image.fromarray(pixels).convert("L").filter(ImageFilter.FIND_EDGES)
    return float(np.asarray(edges)[2:-2, 2:-2].std())


def colourless(pixels: Pixels) -> bool:
    return bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())


def apart(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.float32) - other.astype(np.float32)).mean())


def alike(one: Pixels, other: Pixels) -> float:
    return float(np.corrcoef(one.ravel().astype(np.float32), other.ravel().astype(np.float32))[0, 1])


def test_what_is_not_understood_leaves_the_picture_as_it_was() -> None:
    assert apart(PLAIN, SCENE) < 1.5


MEASURED: dict[str, Callable[[Pixels], bool]] = {
    "black and white": colourless,
    "pencil sketch": lambda made: colourless(made) and light(made) > 150,
    "line art": lambda made: colourless(made) and light(made) > 170 and detail(made) > 10,
    "sepia": lambda made: warmth(made) > 25,
    "cartoon": lambda made: detail(made[:200]) < detail(PLAIN[:200]) and chroma(made) > chroma(PLAIN),
    "oil painting": lambda made: alike(made, PLAIN) > 0.85 and apart(made, PLAIN) > 3,
    "watercolour": lambda made: light(made) > light(PLAIN) + 8 and alike(made, PLAIN) > 0.7,
    "blur": lambda made: detail(made) < detail(PLAIN) / 2 and alike(made, PLAIN) > 0.9,
    "sharpen": lambda made: detail(made) > detail(PLAIN) * 1.2 and alike(made, PLAIN) > 0.95,
    "brighter": lambda made: light(made) > light(PLAIN) + 12,
    "darker": lambda made: light(made) < light(PLAIN) - 12,
    "warmer": lambda made: warmth(made) > warmth(PLAIN) + 15,
    "cooler": lambda made: warmth(made) < warmth(PLAIN) - 15,
    "more contrast": lambda made: contrast(made) > contrast(PLAIN) * 1.1,
    "less contrast": lambda made: contrast(made) < contrast(PLAIN) * 0.85,
    "vivid": lambda made: chroma(made) > chroma(PLAIN) * 1.1,
    "muted": lambda made: chroma(made) < chroma(PLAIN) * 0.8,
    "invert": lambda made: alike(made, PLAIN) < -0.95,
    "mirror": lambda made: apart(made, PLAIN[:, ::-1]) < 1,
    "flip": lambda made: apart(made, PLAIN[::-1]) < 1,
    "rotate 90 degrees": lambda made: apart(made, np.rot90(PLAIN, -1)) < 1,
    "rotate 90 degrees to the left": lambda made: apart(made, np.rot90(PLAIN)) < 1,
    "turn it upside down": lambda made: apart(made, np.rot90(PLAIN, 2)) < 1,
    "rotate 10 degrees": lambda made: apart(made, PLAIN) > 5 and made[:8].min(axis=2).max() > 0,
    "evening light": lambda made: warmth(made) > warmth(PLAIN) + 15 and light(made) < light(PLAIN),
    "make it teal": lambda made: warmth(made) < warmth(PLAIN) - 15 and chroma(made) > 8,
}


@pytest.mark.parametrize("prompt", MEASURED)
def test_an_effect_does_what_its_word_says(prompt: str) -> None:
    assert MEASURED[prompt](result(prompt, SCENE))


def test_pixelate_shows_square_blocks_of_one_colour() -> None:
    made = result("pixelate", SCENE)
    changes = np.flatnonzero(np.abs(np.diff(made[250].astype(int), axis=0)).sum(axis=1))
    assert 40 < len(changes) < 110
    assert np.diff(changes).min() >= 4


def test_a_vignette_darkens_the_corners_and_not_the_middle() -> None:
    made = result("vignette", SCENE)
    assert light(made[:50, :50]) < light(PLAIN[:50, :50]) * 0.6
    assert apart(made[250:260, 250:260], PLAIN[250:260, 250:260]) < 2


def test_blurring_the_background_keeps_the_middle_sharp() -> None:
    made = result("blur the background", SCENE)
    middle, edge = np.s_[240:272, 240:272], np.s_[:50, :50]
    assert apart(made[middle], PLAIN[middle]) < 1
    assert detail(made[edge]) < detail(PLAIN[edge]) / 3


@pytest.mark.parametrize(("prompt", "colour"), [("add a frame", 245), ("a black frame", 22), ("加一个黑色边框", 22)])
def test_a_frame_surrounds_the_whole_picture(prompt: str, colour: int) -> None:
    made = result(prompt, SCENE)
    edges = np.concatenate([made[:10].reshape(-1, 3), made[-10:].reshape(-1, 3), made[:, :10].reshape(-1, 3)])
    assert np.abs(edges.astype(int) - colour).max() <= 8
    assert alike(made[100:400, 100:400], PLAIN[100:400, 100:400]) > 0.8


@pytest.mark.parametrize("prompt", ['write "Good morning" on it', "加上字幕“Good morning”", "caption 'Good morning'"])
def test_a_caption_is_written_at_the_bottom(prompt: str) -> None:
    made = result(prompt, SCENE)
    assert apart(made[:350], PLAIN[:350]) < 0.01
    assert (made[425:] == 255).all(axis=2).sum() > 300


def test_a_caption_can_stand_at_the_top() -> None:
    made = result('the title "Hello" at the top', SCENE)
    assert (made[:100] == 255).all(axis=2).sum() > 150
    assert apart(made[150:], PLAIN[150:]) < 0.01


def test_a_long_caption_stays_inside_the_picture() -> None:
    made = result('caption "' + "a long story about a cat " * 8 + '"', SCENE)
    assert apart(made[:, :15], PLAIN[:, :15]) < 0.5
    assert apart(made[-10:], PLAIN[-10:]) < 0.5


def test_a_caption_in_letters_that_no_font_has_is_not_drawn_and_said_so() -> None:
    made = edited('write "\U000f1234\U000f1235"', SCENE)
    assert apart(pixels_of(made.pictures[0]), PLAIN) < 0.01
    assert "so it was not written" in made.revised_prompt


def test_a_chinese_caption_is_drawn_where_the_system_has_a_font() -> None:
    made = edited("加上字幕“早上好”", SCENE)
    drawn = (pixels_of(made.pictures[0])[425:] == 255).all(axis=2).sum() > 200
    assert drawn == ("已执行：文字“早上好”" in made.revised_prompt) == (filters.font_for("早上好") is not None)


def test_one_hue_is_swapped_and_the_rest_left_alone() -> None:
    picture = np.full((512, 512, 3), 150, np.uint8)
    picture[100:250, 100:250] = (200, 40, 40)
    picture[300:450, 300:450] = (50, 90, 190)
    made = result("change the red square to green", picture)
    red, green, blue = (int(channel) for channel in made[175, 175])
    assert green > red + 30
    assert green > blue + 30
    assert apart(made[350:400, 350:400], picture[350:400, 350:400]) < 2
    assert apart(made[:50], picture[:50]) < 2


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("Make the green car blue", "No green was found in image 1."),
        ("把绿色的车换成蓝色", "图1里没有找到绿色。"),
    ],
)
def test_a_colour_that_is_not_there_changes_nothing_and_is_said_so(prompt: str, said: str) -> None:
    scene_in_red = np.full((64, 64, 3), (196, 40, 38), np.uint8)
    made = edited(prompt, scene_in_red, size=(64, 64))
    assert np.array_equal(pixels_of(made.pictures[0]), result("nothing it knows", scene_in_red, size=(64, 64)))
    assert said in made.revised_prompt
    assert "blue" not in made.revised_prompt.replace("“make it", "")
    assert "蓝" not in made.revised_prompt


def test_a_recolouring_without_a_named_source_takes_the_strongest_colour() -> None:
    picture = np.full((512, 512, 3), 150, np.uint8)
    picture[100:250, 100:250] = (200, 40, 40)
    made = result("把杯子换成蓝色", picture)
    assert int(made[175, 175, 2]) > int(made[175, 175, 0]) + 40
    assert apart(made[300:], picture[300:]) < 2


FLAT_RED = np.full((512, 512, 3), (190, 60, 50), np.uint8)
FLAT_BLUE = np.full((512, 512, 3), (40, 70, 180), np.uint8)


@pytest.mark.parametrize("prompt", ["put them side by side", "并排"])
def test_side_by_side_shows_both_pictures_whole(prompt: str) -> None:
    made = result(prompt, FLAT_RED, FLAT_BLUE)
    assert made.shape == (512, 512, 3)
    assert apart(made[256, 100:150], FLAT_RED[0, :50]) < 3
    assert apart(made[256, 350:400], FLAT_BLUE[0, :50]) < 3


def test_one_above_the_other_shows_the_first_on_top() -> None:
    made = result("one above the other", FLAT_RED, FLAT_BLUE)
    assert apart(made[100:150, 256], FLAT_RED[:50, 0]) < 3
    assert apart(made[350:400, 256], FLAT_BLUE[:50, 0]) < 3


@pytest.mark.parametrize("prompt", ["blend the two pictures", "融合两张图"])
def test_a_blend_lies_between_its_pictures(prompt: str) -> None:
    made = result(prompt, FLAT_RED, FLAT_BLUE).reshape(-1, 3).mean(axis=0)
    assert 60 < made[0] < 185
    assert 60 < made[2] < 175


@pytest.mark.parametrize("prompt", ["image 1 in the colours of image 2", "图1用图2的颜色"])
def test_the_colours_of_one_picture_come_to_another(prompt: str) -> None:
    made = result(prompt, SCENE, FLAT_BLUE)
    assert warmth(made) < warmth(PLAIN) - 30
    assert alike(made[..., 1], PLAIN[..., 1]) > 0.6


@pytest.mark.parametrize("prompt", ["make image 2 darker", "把第二张图变暗"])
def test_the_picture_that_is_named_is_the_one_that_is_edited(prompt: str) -> None:
    made = result(prompt, FLAT_RED, FLAT_BLUE)
    assert int(made[250, 250, 2]) > int(made[250, 250, 0]) + 40


def test_without_a_name_the_first_picture_is_edited() -> None:
    made = result("darker", FLAT_RED, FLAT_BLUE)
    assert int(made[250, 250, 0]) > int(made[250, 250, 2]) + 40


@pytest.mark.parametrize("prompt", ["", "black and white", "oil painting", "make it teal", 'write "Hi" and a frame'])
def test_the_same_request_and_seed_give_the_same_bytes(prompt: str) -> None:
    picture = scene((200, 160))
    assert edited(prompt, picture, n=2, seed=7) == edited(prompt, picture, n=2, seed=7)


def test_another_seed_gives_another_result() -> None:
    assert edited("pencil sketch", seed=1).pictures != edited("pencil sketch", seed=2).pictures
    assert edited("hello", seed=1).pictures != edited("hello", seed=2).pictures


@pytest.mark.parametrize("prompt", ["hello", "black and white", "mirror", "line art"])
def test_six_results_all_differ_and_stay_the_same_picture(prompt: str) -> None:
    picture = scene((320, 320))
    made = [pixels_of(content) for content in edited(prompt, picture, n=6).pictures]
    differences = [apart(one, other) for number, one in enumerate(made) for other in made[:number]]
    assert min(differences) > 0.5
    assert max(differences) < 45
    assert all(alike(made[0], other) > 0.6 for other in made)


@pytest.mark.parametrize("level", [0, 255, 128])
def test_results_differ_even_of_a_picture_without_content(level: int) -> None:
    picture = np.full((64, 64, 3), level, np.uint8)
    assert len(set(edited("black and white", picture, n=6).pictures)) == 6


def test_every_variation_of_black_and_white_is_without_colour() -> None:
    made = edited("black and white", scene((200, 200)), n=6).pictures
    assert all(colourless(pixels_of(content)) for content in made)


def test_a_warm_black_and_white_is_toned() -> None:
    assert 5 < warmth(result("a warm black and white photograph", SCENE)) < 60


@pytest.mark.parametrize(
    ("asked", "last", "expected"),
    [
        (None, (600, 600), (1024, 1024)),
        (None, (800, 1200), (832, 1248)),
        (None, (16, 9), (1360, 768)),
        (None, (1000, 1), (2896, 368)),
        ((512, 768), (9, 9), (512, 768)),
        ((500, 313), (9, 9), (496, 320)),
    ],
)
def test_the_size_is_the_one_asked_for_or_that_of_the_last_picture(
    asked: tuple[int, int] | None, last: tuple[int, int], expected: tuple[int, int]
) -> None:
    made = edited("sepia", scene((300, 200)), scene(last), size=asked)
    assert (made.width, made.height) == expected
    assert pixels_of(made.pictures[0]).shape == (*expected[::-1], 3)


@pytest.mark.parametrize("effect", NAMES)
def test_every_effect_gives_exactly_the_size_asked_for(effect: str) -> None:
    made = edited(effect, scene((90, 60)), scene((40, 70)), size=(320, 256))
    assert (made.width, made.height) == (320, 256)
    assert pixels_of(made.pictures[0]).shape == (256, 320, 3)


def test_a_picture_of_another_shape_is_shown_whole() -> None:
    picture = np.full((400, 1200, 3), 128, np.uint8)
    picture[:, :40], picture[:, -40:] = (250, 10, 10), (10, 10, 250)
    made = result("hello", picture)
    middle = made[256].astype(int)
    assert middle[5, 0] > middle[5, 2] + 150
    assert middle[-5, 2] > middle[-5, 0] + 150


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (700, 1), (2, 2), (17, 5)])
@pytest.mark.parametrize(
    "prompt",
    ["blend", "side by side", "one above the other", "rotate 45 degrees, frame", 'oil "text" pixelate', "line art"],
)
def test_the_smallest_pictures_can_be_edited(size: tuple[int, int], prompt: str) -> None:
    picture = scene(size)
    made = edited(prompt, picture, picture, size=(256, 256), watermark=True)
    assert pixels_of(made.pictures[0]).shape == (256, 256, 3)


def test_a_watermark_signs_the_lower_right_corner_only() -> None:
    signed = result("hello", SCENE, watermark=True)
    assert apart(signed[-30:, -130:], PLAIN[-30:, -130:]) > 3
    assert apart(signed[:-40], PLAIN[:-40]) < 0.01
    assert apart(signed[:, :-160], PLAIN[:, :-160]) < 0.01


@pytest.mark.parametrize("level", [0, 255])
def test_the_watermark_can_be_read_on_black_and_on_white(level: int) -> None:
    corner = result("hello", np.full((512, 512, 3), level, np.uint8), watermark=True)[-30:, -130:]
    assert int(corner.max()) - int(corner.min()) > 80


def test_every_effect_on_one_picture_has_a_filter_of_its_name() -> None:
    assert NAMES.keys() > filters.FILTERS.keys()


@pytest.mark.parametrize("bad", [b"hello, this is text", file_of(SCENE)[:5000], b""])
def test_a_picture_that_cannot_be_used_is_said_in_a_sentence(bad: bytes) -> None:
    said = edit(Order("sepia", ((file_of(SCENE), None), (bad, None))))
    assert isinstance(said, str)
    assert said.startswith("the image ")
