import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_calls import edited, scene

from client.offline.prompts import EXAMPLES, NAMES, read, revised_prompt

ENGLISH = {
    "rotation": ["rotate", "rotate it by 45 degrees", "turn it 90° clockwise", "upside down", "rotate left"],
    "mirrored left to right": ["mirror it", "flip horizontally", "flip it left to right"],
    "flipped top to bottom": ["flip it", "vertical flip", "flip it upside down"],
    "side by side": ["side by side", "side-by-side", "a collage"],
    "one above the other": ["one above the other", "stack them"],
    "blended into one picture": ["blend them", "a double exposure", "merge the pictures"],
    "colours of another picture": [
        "image 1 in the colours of image 2",
        "use the palette of the second picture",
        "match the colors to image 2",
    ],
    "another colour": ["paint the car blue", "recolour the cup in teal", "change the red dress to green"],
    "tinted": ["make it teal", "turn the picture blue", "a purple tint", "tint it with a deep red"],
    "sharper": ["sharpen", "more details", "deblur it", "remove the blur", "less blurry"],
    "blur": ["blur it", "out of focus", "soft focus"],
    "blurred away from the middle": ["blur the background"],
    "brighter": ["brighter", "lighter", "more light", "increase the brightness", "it is too dark"],
    "darker": ["darker", "dim the light", "reduce the brightness", "it is too bright"],
    "more contrast": ["more contrast", "increase the contrast", "high-contrast"],
    "less contrast": ["less contrast", "faded"],
    "stronger colours": ["more vivid", "increase the saturation"],
    "muted colours": ["muted", "less saturated"],
    "oil painting": ["an oil painting", "impressionist", "in the manner of Van Gogh"],
    "watercolour": ["a watercolour", "watercolor painting"],
    "cartoon": ["a cartoon", "anime"],
    "pencil sketch": ["a pencil sketch", "hand-drawn", "sketched"],
    "line art": ["line art", "a line drawing"],
    "inverted": ["invert", "as a photo negative"],
    "black and white": ["black and white", "Black & White", "b&w", "grayscale", "no colours", "remove the color"],
    "sepia": ["sepia", "vintage", "like an old photograph"],
    "evening light": ["evening light", "as at sunset", "dusk"],
    "warmer": ["warmer", "warm light"],
    "cooler": ["cooler", "cool tones"],
    "pixelated": ["pixelate", "pixel art"],
    "vignette": ["a vignette", "darker corners"],
    "a little drift": ["a little drift", "model drift"],
    "frame": ["a frame", "a thin border"],
    "caption": ['write "hello"', "the title “hello”", "caption 'hello there'"],
}
CHINESE = {
    "rotation": ["旋转90度", "向左旋转", "左转90°"],
    "mirrored left to right": ["镜像", "左右翻转"],
    "flipped top to bottom": ["上下翻转", "翻转"],
    "side by side": ["并排", "左右拼接"],
    "one above the other": ["上下拼接"],
    "blended into one picture": ["融合", "把两张图叠加"],
    "colours of another picture": ["图1用图2的颜色", "把图1换成第二张图的色调", "采用图片2的配色"],
    "another colour": ["把杯子换成蓝色", "把红色的车改成绿色"],
    "tinted": ["换成青色", "整张图变成蓝色"],
    "sharper": ["锐化", "更清晰", "去模糊"],
    "blur": ["模糊", "柔焦"],
    "blurred away from the middle": ["虚化背景"],
    "brighter": ["变亮", "亮一点", "提高亮度", "画面太暗"],
    "darker": ["变暗", "降低亮度"],
    "more contrast": ["提高对比度", "对比度"],
    "less contrast": ["降低对比度"],
    "stronger colours": ["更鲜艳", "更饱和", "饱和度", "提高饱和度"],
    "muted colours": ["降低饱和度"],
    "oil painting": ["油画", "梵高风格"],
    "watercolour": ["水彩画"[:2]],
    "cartoon": ["卡通", "漫画风格"],
    "pencil sketch": ["铅笔素描", "素描"],
    "line art": ["变成线稿", "简笔画"],
    "inverted": ["反色", "反转颜色"],
    "black and white": ["变成黑白照片", "黑白", "去色", "不要颜色"],
    "sepia": ["棕褐色", "像老照片"],
    "evening light": ["黄昏", "傍晚的光线"],
    "warmer": ["暖色调", "更暖"],
    "cooler": ["冷色调", "更冷"],
    "pixelated": ["像素化", "马赛克"],
    "vignette": ["暗角", "四角压暗"],
    "a little drift": ["一点漂移", "模型漂移"],
    "frame": ["加边框", "白色边框"],
    "caption": ["写上“你好”", "加字幕「你好」"],
}


def done(prompt: str, pictures: int = 1) -> set[str]:
    return {wish.effect for wish in read(prompt, "", pictures).wishes}


@pytest.mark.parametrize(
    ("prompt", "effect"), [(p, effect) for words in (ENGLISH, CHINESE) for effect, ps in words.items() for p in ps]
)
def test_a_word_of_the_table_asks_for_its_effect_and_no_other(prompt: str, effect: str) -> None:
    reading = read(prompt, "", pictures=2)
    assert ({wish.effect for wish in reading.wishes}, reading.unread) == ({effect}, [])


def test_both_languages_know_every_effect() -> None:
    assert set(ENGLISH) == set(CHINESE) == set(NAMES)


WORDS = Path(__file__).parent.parent / "ui" / "words"
ON_THE_PAGE = {
    "template.recolour_prompt": {"another colour"},
    "template.restyle_prompt": {"oil painting"},
    "template.caption_prompt": {"caption"},
    "template.colours_prompt": {"colours of another picture"},
    "example.sketch_prompt": {"pencil sketch"},
    "example.region_prompt": {"another colour", "a little drift"},
    "example.colours_prompt": {"colours of another picture"},
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_template_and_example_is_done_or_named_as_not_understood(language: str) -> None:
    words = tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))
    prompts = {
        f"{part}.{key}": prompt
        for part in ("template", "example")
        for key, prompt in words[part].items()
        if "_prompt" in key
    }
    for key, prompt in prompts.items():
        reading = read(prompt, "", pictures=3)
        # Only the English words for people who stand side by side are those of an effect.
        assert {wish.effect for wish in reading.wishes} - {"side by side"} == ON_THE_PAGE.get(key, set()), key
        assert reading.wishes or reading.unread, key
    assert prompts.keys() >= ON_THE_PAGE.keys()


@pytest.mark.parametrize(
    ("examples", "quotation"), [(EXAMPLES[0], "a caption in quotation marks"), (EXAMPLES[1], "引号里的文字")]
)
def test_every_example_that_it_gives_is_understood(examples: str, quotation: str) -> None:
    assert quotation in examples
    for example in re.split("[,;、；：，] ?", examples.replace(quotation, "“x”").replace("多张图：", "")):
        reading = read(example if "x" in example else example.strip("“”"), "", pictures=2)
        assert (len(reading.wishes), reading.unread) == (1, []), example


def test_several_effects_are_done_in_the_order_of_work() -> None:
    reading = read("Add a vignette, make it brighter and remove the colour; 向左旋转", "", pictures=1)
    assert [wish.effect for wish in reading.wishes] == ["rotation", "brighter", "black and white", "vignette"]


def test_evening_light_is_warm_already() -> None:
    assert done("Make Image 1 warmer, with the light of a sunset") == {"evening light"}


@pytest.mark.parametrize(
    "prompt",
    [
        "a framework for ablurred repixels",
        "put a border collie beside the window frame",
        "a light bright red car in the dark",
        "turn it into a beach",
        "384 pixels",
        "look in the mirror",
        "generate a photo from the line art",
        "根据线稿生成照片",
        "一辆生锈的红色自行车",
        "区别很大",
        "",
        "!?",
    ],
)
def test_words_that_only_look_like_those_of_the_table_change_nothing(prompt: str) -> None:
    assert done(prompt) == set()


@pytest.mark.parametrize(
    ("prompt", "wanted", "left_out"),
    [
        ("Don't blur it", set(), {"blur"}),
        ("don’t blur, just sharpen", {"sharper"}, {"blur"}),
        ("never pixelate or invert this", set(), {"pixelated", "inverted"}),
        ("brighter without a frame", {"brighter"}, {"frame"}),
        ("no frame, warmer", {"warmer"}, {"frame"}),
        ("not brighter but darker", {"darker"}, {"brighter"}),
        ("do not blur and make it darker", {"darker"}, {"blur"}),
        ("a cartoon instead of an oil painting", {"cartoon"}, {"oil painting"}),
        ("remove the frame", set(), {"frame"}),
        ('brighter, without the text "Sale"', {"brighter"}, {"caption"}),
        ("not only brighter but also warmer", {"brighter", "warmer"}, set()),
        ("don't forget to add a frame", {"frame"}, set()),
        ("keep the frame, make it darker", {"darker"}, set()),
        ("Without changing the face make it brighter", {"brighter"}, set()),
        ("Keep the face sharp and brighten the rest", {"brighter"}, set()),
        ("no frame make it warmer without a vignette", {"warmer"}, {"frame", "vignette"}),
        ("don't change the frame make it sepia", {"sepia"}, {"frame"}),
        ("do not try to make it brighter", set(), {"brighter"}),
        ("brighter with no change to the frame", {"brighter"}, {"frame"}),
        ("不要改变脸部，并变亮", {"brighter"}, set()),
        ("不要模糊，变亮", {"brighter"}, {"blur"}),
        ("不要模糊和边框，只要黑白", {"black and white"}, {"blur", "frame"}),
        ("别加边框", set(), {"frame"}),
        ("特别鲜艳", {"stronger colours"}, set()),
        ("无边框 黑白", {"black and white"}, {"frame"}),
        ("请勿旋转、镜像或反色", set(), {"rotation", "mirrored left to right", "inverted"}),
        ("能不能变亮", {"brighter"}, set()),
    ],
)
def test_what_is_refused_is_not_done(prompt: str, wanted: set[str], left_out: set[str]) -> None:
    assert done(prompt) == wanted
    assert set(read(prompt, "", 1).left_out) == left_out


@pytest.mark.parametrize(
    ("negative", "left_out"),
    [
        ("blurry, low quality, extra fingers", {"blur"}),
        ("模糊，边框", {"blur", "frame"}),
        ("a Frame and BLUR", {"blur", "frame"}),
        ("framework", set()),
        ("", set()),
    ],
)
def test_what_the_negative_prompt_names_is_not_done(negative: str, left_out: set[str]) -> None:
    reading = read("blur it, sepia, add a frame", negative, pictures=1)
    assert {wish.effect for wish in reading.wishes} == {"blur", "sepia", "frame"} - left_out
    assert set(reading.left_out) == left_out


@pytest.mark.parametrize(
    ("prompt", "degrees"),
    [
        ("rotate", 90),
        ("rotate the picture 45° to the left", -45),
        ("rotate image 1 by 30 degrees", 30),
        ("turn it 90 degrees anti-clockwise", -90),
        ("upside down", 180),
        ("rotate 12.5 degrees", 12.5),
        ("逆时针旋转45度", -45),
        ("向右旋转180°", 180),
    ],
)
def test_a_rotation_knows_its_angle_and_side(prompt: str, degrees: float) -> None:
    (wish,) = read(prompt, "", pictures=1).wishes
    assert wish.degrees == degrees


@pytest.mark.parametrize(
    ("prompt", "strength"),
    [("slightly brighter", 0.6), ("much brighter", 1.4), ("brighter", 1.0), ("稍微变亮", 0.6), ("非常明亮", 1.4)],
)
def test_an_adverb_says_how_much(prompt: str, strength: float) -> None:
    (wish,) = read(prompt, "", pictures=1).wishes
    assert wish.strength == strength


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("写上“春天来了”", "春天来了"),
        ('replace "OPEN" with "CLOSED"', "CLOSED"),
        ("it's a dog's life, don't 'blur' it", ""),
        ('write "do not blur, 黑白"', "do not blur, 黑白"),
        ('write ""', ""),
    ],
)
def test_what_stands_in_quotation_marks_is_written_and_not_obeyed(prompt: str, text: str) -> None:
    assert [(wish.effect, wish.text) for wish in read(prompt, "", 1).wishes] == ([("caption", text)] if text else [])


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("sepia", 0),
        ("Picture #3 as a sketch", 2),
        ("the second photo in black and white", 1),
        ("第三张图片变亮", 2),
        ("make image 7 sepia", 0),
        ("image 2 in the colours of image 1", 1),
        ("in the colours of image 1", 1),
        ("图３变暗", 2),
    ],
)
def test_a_prompt_chooses_its_picture(prompt: str, subject: int) -> None:
    assert read(prompt, "", pictures=3).subject == subject


def test_only_the_pictures_that_are_named_are_put_together() -> None:
    assert read("blend image 1 and image 3", "", pictures=3).together == [0, 2]
    assert read("并排", "", pictures=3).together == [0, 1, 2]


@pytest.mark.parametrize("prompt", ["image 1 in the colours of image 2", "side by side", "blend", "并排"])
def test_what_takes_two_pictures_is_not_understood_with_one(prompt: str) -> None:
    reading = read(prompt, "", pictures=1)
    assert (reading.wishes, reading.unread) == ([], [prompt])


@pytest.mark.parametrize(
    ("prompt", "unread"),
    [
        ("Replace the background of Image 1 with a beach.", ["Replace the background of Image 1 with a beach"]),
        ("Add a hat and make it brighter", ["Add a hat"]),
        ("加一顶帽子，变亮", ["加一顶帽子"]),
        ("sepia, keep the cup, add a hat", ["add a hat"]),
        ("please make it sepia, thank you", []),
        ("do not crop", []),
        ("replace the sky with a sunset", ["replace the sky with a sunset"]),
    ],
)
def test_what_was_not_understood_is_kept_in_the_words_of_the_prompt(prompt: str, unread: list[str]) -> None:
    assert read(prompt, "", pictures=1).unread == unread


def said(prompt: str, negative: str = "", pictures: int = 1) -> str:
    return revised_prompt(read(prompt, negative, pictures), pictures)


def test_the_revised_prompt_says_what_was_done_left_out_and_not_understood_in_the_language_of_the_prompt() -> None:
    assert said("Turn it black and white, no frame, and put a hat on the cat; rotate left") == (
        "Offline engine: classic filters, not Qwen. Done: turned 90° to the left, black and white. "
        "Left out, as you asked: frame. Not understood: “put a hat on the cat”."
    )
    assert said("变成黑白，不要边框，给猫戴帽子") == (
        "离线引擎：传统滤镜，不是 Qwen。已执行：黑白。按要求没有应用：边框。没有理解：“给猫戴帽子”。"
    )
    assert said("make it sepia and write “早上好”").startswith("Offline engine")
    assert said("“早上好”").startswith("离线引擎")


def test_the_revised_prompt_gives_examples_when_nothing_was_understood() -> None:
    words = said("put a hat on the cat. Keep the cat.")
    assert "image 1 is as it was. Not understood: “put a hat on the cat”. It understands, for example: black" in words
    assert "also what is to stay" not in words
    assert "黑白、棕褐色" in said("给猫戴帽子")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("make image 2 sepia", "Done: image 2: sepia."),
        ("image 1 in the colours of image 2", "Done: image 1: the colours of image 2."),
        ("blend, white frame", "Done: blended into one picture, white frame."),
        ("make image 5 sepia", "There is no image 5."),
        ("sepia. Keep the cup, the spoon and all.", "also what is to stay: “Keep the cup”, “the spoon and all”."),
        ("变亮，人物保持不变", "无法单独保留：“人物保持不变”。"),
        ("make it teal", "tinted teal"),
        ("change the red cup to blue", "red changed to blue"),
        ("paint the cup blue", "the strongest colour changed to blue"),
        ('write "Hi"', "caption “Hi”"),
        ("把图2的红色杯子换成蓝色", "已执行：图2：红色换成蓝色。"),
    ],
)
def test_the_revised_prompt_names_particulars(prompt: str, words: str) -> None:
    assert words in said(prompt, pictures=2)


def test_a_very_long_wish_is_shortened_when_it_is_repeated() -> None:
    assert len(said("x" * 700)) < 1000


PIECES = st.sampled_from(
    [prompt for words in (ENGLISH, CHINESE) for prompts in words.values() for prompt in prompts]
    + [
        "not",
        "do not",
        "without",
        "不要",
        "无",
        "keep",
        "image 2",
        "图3",
        "image 99",
        '"',
        "“",
        "”",
        "'",
        ",",
        "。",
        "or",
    ]
)
SMALL = (scene((24, 16)), scene((16, 20), seed=3))


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(st.text(max_size=100), st.lists(PIECES, max_size=8).map(" ".join)),
    st.text(max_size=60),
    st.integers(0, 2**31 - 1),
)
def test_any_text_is_read_edited_with_and_answered(prompt: str, negative: str, seed: int) -> None:
    made = edited(prompt, *SMALL, negative=negative, seed=seed, size=(64, 48))
    assert (made.width, made.height, len(made.pictures)) == (64, 48, 1)
    assert made.revised_prompt.startswith(("Offline engine", "离线引擎"))
