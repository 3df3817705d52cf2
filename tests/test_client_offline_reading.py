import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_calls import edited, scene

from client.offline.reading import Reading, read
from client.offline.vocabulary import Effect
from client.offline.wording import NAMES, revised_prompt

ENGLISH = {
    Effect.BLACK_AND_WHITE: [
        "black and white",
        "Black & White",
        "b&w",
        "b/w",
        "monochrome",
        "greyscale",
        "grayscale",
        "no colours",
    ],
    Effect.SEPIA: ["sepia", "sepia-toned", "vintage", "retro", "like an old photograph"],
    Effect.PENCIL: ["a pencil sketch", "pencil drawing", "as a charcoal drawing", "hand-drawn", "sketched"],
    Effect.LINE_ART: ["line art", "lineart", "a line drawing", "ink drawing", "a colouring page", "only outlines"],
    Effect.CARTOON: ["a cartoon", "comic book style", "anime", "manga", "cel-shaded"],
    Effect.OIL: ["an oil painting", "oil-painted", "impressionist", "in the manner of Van Gogh", "as a painting"],
    Effect.WATERCOLOUR: ["a watercolour", "watercolor painting"],
    Effect.BLUR: ["blur it", "blurry", "out of focus", "soft focus", "defocused"],
    Effect.SHARPEN: [
        "sharpen",
        "sharper",
        "make it sharp",
        "more details",
        "deblur it",
        "remove the blur",
        "less blurry",
    ],
    Effect.BRIGHTER: ["brighter", "brighten it", "lighter", "more light", "increase the brightness", "it is too dark"],
    Effect.DARKER: ["darker", "darken it", "dim the light", "less bright", "reduce the brightness", "it is too bright"],
    Effect.WARMER: ["warmer", "warm light", "more golden"],
    Effect.COOLER: ["cooler", "colder", "cool tones", "bluish"],
    Effect.EVENING: ["evening light", "as at sunset", "golden hour", "dusk"],
    Effect.MORE_CONTRAST: ["more contrast", "increase the contrast", "higher contrast", "high-contrast", "dramatic"],
    Effect.LESS_CONTRAST: ["less contrast", "lower contrast", "faded"],
    Effect.VIVID: ["more vivid", "vibrant", "increase the saturation", "more colours"],
    Effect.MUTED: ["muted", "less saturated", "pastel"],
    Effect.INVERT: ["invert", "inverted colours", "as a photo negative", "negative image"],
    Effect.MIRROR: ["mirror it", "mirrored", "flip horizontally", "flip it left to right", "horizontal flip"],
    Effect.FLIP: ["flip it", "flip vertically", "vertical flip", "flip it upside down"],
    Effect.ROTATE: ["rotate", "rotate it by 45 degrees", "turn it 90° clockwise", "upside down", "rotate left"],
    Effect.PIXELATE: ["pixelate", "pixelated", "pixel art", "a mosaic", "8-bit"],
    Effect.VIGNETTE: ["a vignette", "darker corners", "darken the edges"],
    Effect.FRAME: ["a frame", "framed", "a thin border", "polaroid"],
    Effect.CAPTION: ['write "hello"', "the title “hello”", "add \u2018hello\u2019", "caption 'hello there'"],
    Effect.TINT: ["make it teal", "turn the picture blue", "a purple tint", "tint it with a deep red"],
    Effect.RECOLOUR: ["paint the car blue", "recolour the cup in teal", "change the red dress to green"],
    Effect.SIDE_BY_SIDE: ["side by side", "side-by-side", "next to each other", "a collage"],
    Effect.STACK: ["one above the other", "stack them"],
    Effect.BLEND: ["blend them", "a double exposure", "mix", "merge the pictures", "overlay"],
    Effect.COLOURS_OF: [
        "image 1 in the colours of image 2",
        "use the palette of the second picture",
        "give image 1 the colours of image 2",
        "match the colors to image 2",
    ],
}

CHINESE = {
    Effect.BLACK_AND_WHITE: ["变成黑白照片", "黑白", "灰度图", "去色"],
    Effect.SEPIA: ["棕褐色", "复古风", "像老照片", "怀旧"],
    Effect.PENCIL: ["铅笔素描", "素描", "炭笔画"],
    Effect.LINE_ART: ["变成线稿", "简笔画", "白描"],
    Effect.CARTOON: ["卡通", "漫画风格", "动漫"],
    Effect.OIL: ["油画", "印象派风格", "梵高风格"],
    Effect.WATERCOLOUR: ["水彩画"],
    Effect.BLUR: ["模糊", "虚化背景", "柔焦"],
    Effect.SHARPEN: ["锐化", "更清晰", "去模糊", "消除模糊"],
    Effect.BRIGHTER: ["变亮", "亮一点", "提高亮度", "画面太暗"],
    Effect.DARKER: ["变暗", "暗一些", "降低亮度"],
    Effect.WARMER: ["暖色调", "更暖", "偏暖一些"],
    Effect.COOLER: ["冷色调", "更冷"],
    Effect.EVENING: ["黄昏", "夕阳下", "傍晚的光线"],
    Effect.MORE_CONTRAST: ["提高对比度", "增强对比", "反差更强", "对比度"],
    Effect.LESS_CONTRAST: ["降低对比度"],
    Effect.VIVID: ["更鲜艳", "提高饱和度"],
    Effect.MUTED: ["降低饱和度"],
    Effect.INVERT: ["反色", "负片", "反转颜色"],
    Effect.MIRROR: ["镜像", "左右翻转", "水平翻转"],
    Effect.FLIP: ["上下翻转", "垂直翻转", "翻转"],
    Effect.ROTATE: ["旋转90度", "向左旋转", "顺时针旋转一百八十度", "左转90°"],
    Effect.PIXELATE: ["像素化", "像素风", "马赛克"],
    Effect.VIGNETTE: ["暗角", "四角压暗"],
    Effect.FRAME: ["加边框", "相框", "白色边框"],
    Effect.CAPTION: ["写上“你好”", "加字幕「你好」", '标题"你好"'],
    Effect.TINT: ["换成青色", "整张图变成蓝色"],
    Effect.RECOLOUR: ["把杯子换成蓝色", "把红色的车改成绿色"],
    Effect.SIDE_BY_SIDE: ["并排", "左右拼接"],
    Effect.STACK: ["上下拼接"],
    Effect.BLEND: ["融合", "双重曝光", "把两张图叠加"],
    Effect.COLOURS_OF: ["图1用图2的颜色", "把图1换成第二张图的色调", "采用图片2的配色"],
}


def cases(words: dict[Effect, list[str]]) -> list[tuple[str, Effect]]:
    return [(prompt, effect) for effect, prompts in words.items() for prompt in prompts]


def wanted(reading: Reading) -> set[Effect]:
    return {wish.effect for wish in reading.wishes}


@pytest.mark.parametrize(("prompt", "effect"), cases(ENGLISH) + cases(CHINESE))
def test_a_word_of_the_vocabulary_asks_for_its_effect_and_no_other(prompt: str, effect: Effect) -> None:
    reading = read(prompt, "", pictures=2)
    assert wanted(reading) == {effect}
    assert reading.unread == ()


def test_both_languages_know_every_effect() -> None:
    assert set(ENGLISH) == set(CHINESE) == set(Effect)


@pytest.mark.parametrize(
    "prompt",
    [
        "a framework for ablurred repixels",
        "she wears a retrospective warmonger's cartoonery",
        "put a border collie beside the window frame",
        "make it cool",
        "a light bright red car in the dark",
        "turn it into a beach",
        "turn the head to the left side",
        "384 pixels",
        "look in the mirror",
        "a vintage car",
        "generate a photo from the line art",
        "colour the sketch",
        "根据线稿生成照片",
        "区别很大",
        "把它转成照片",
        "make it black and white"[:7],
        "",
        "   ",
        "!?",
    ],
)
def test_words_that_only_look_like_the_vocabulary_change_nothing(prompt: str) -> None:
    assert wanted(read(prompt, "", pictures=1)) == set()


@pytest.mark.parametrize(
    ("prompt", "done", "left_out"),
    [
        ("do not blur", set(), {Effect.BLUR}),
        ("Don't blur it", set(), {Effect.BLUR}),
        ("don’t blur, just sharpen", {Effect.SHARPEN}, {Effect.BLUR}),
        ("never pixelate or invert this", set(), {Effect.PIXELATE, Effect.INVERT}),
        ("do not blur, rotate or pixelate the picture", set(), {Effect.BLUR, Effect.ROTATE, Effect.PIXELATE}),
        ("do not blur, rotate, or pixelate", set(), {Effect.BLUR, Effect.ROTATE, Effect.PIXELATE}),
        ("brighter without a frame", {Effect.BRIGHTER}, {Effect.FRAME}),
        ("without a frame and vignette", set(), {Effect.FRAME, Effect.VIGNETTE}),
        ("without a frame and brighter", {Effect.BRIGHTER}, {Effect.FRAME}),
        ("no frame, warmer", {Effect.WARMER}, {Effect.FRAME}),
        ("warmer, not cooler", {Effect.WARMER}, {Effect.COOLER}),
        ("not brighter but darker", {Effect.DARKER}, {Effect.BRIGHTER}),
        ("do not blur it. Make it sepia.", {Effect.SEPIA}, {Effect.BLUR}),
        ("do not blur and make it darker", {Effect.DARKER}, {Effect.BLUR}),
        ("a cartoon instead of an oil painting", {Effect.CARTOON}, {Effect.OIL}),
        ("black and white, avoid vignettes", {Effect.BLACK_AND_WHITE}, {Effect.VIGNETTE}),
        ('brighter, without the text "Sale"', {Effect.BRIGHTER}, {Effect.CAPTION}),
        ("make it teal, do not make it blue", {Effect.TINT}, {Effect.TINT}),
        ("not only brighter but also warmer", {Effect.BRIGHTER, Effect.WARMER}, set()),
        ("don't forget to add a frame", {Effect.FRAME}, set()),
        ("why not make it warmer", {Effect.WARMER}, set()),
        ("keep the frame, make it darker", {Effect.DARKER}, set()),
        ("不要模糊", set(), {Effect.BLUR}),
        ("不要模糊，变亮", {Effect.BRIGHTER}, {Effect.BLUR}),
        ("不要模糊和边框，只要黑白", {Effect.BLACK_AND_WHITE}, {Effect.BLUR, Effect.FRAME}),
        ("别加边框", set(), {Effect.FRAME}),
        ("特别鲜艳", {Effect.VIVID}, set()),
        ("无边框 黑白", {Effect.BLACK_AND_WHITE}, {Effect.FRAME}),
        ("不模糊", set(), {Effect.BLUR}),
        ("变暖但不要变亮", {Effect.WARMER}, {Effect.BRIGHTER}),
        ("请勿旋转、镜像或反色", set(), {Effect.ROTATE, Effect.MIRROR, Effect.INVERT}),
        ("变亮，没有暗角", {Effect.BRIGHTER}, {Effect.VIGNETTE}),
        ("能不能变亮", {Effect.BRIGHTER}, set()),
    ],
)
def test_what_is_refused_is_not_done(prompt: str, done: set[Effect], left_out: set[Effect]) -> None:
    reading = read(prompt, "", pictures=1)
    assert wanted(reading) == done
    assert set(reading.left_out) == left_out


@pytest.mark.parametrize(
    ("negative", "left_out"),
    [
        ("blur", {Effect.BLUR}),
        ("blurry, low quality, extra fingers", {Effect.BLUR}),
        ("no blur", {Effect.BLUR}),
        ("模糊，边框", {Effect.BLUR, Effect.FRAME}),
        ("a Frame and BLUR", {Effect.BLUR, Effect.FRAME}),
        ("low resolution, errors, worst quality, missing parts, bad proportions", set()),
        ("framework", set()),
        ("", set()),
    ],
)
def test_what_the_negative_prompt_names_is_not_done(negative: str, left_out: set[Effect]) -> None:
    reading = read("blur it, sepia, add a frame", negative, pictures=1)
    assert wanted(reading) == {Effect.BLUR, Effect.SEPIA, Effect.FRAME} - left_out
    assert set(reading.left_out) == left_out


def test_a_negative_prompt_reaches_the_pixels() -> None:
    picture = scene((64, 64))
    assert edited("blur", picture, negative="blur").pictures == edited("hello", picture).pictures


@pytest.mark.parametrize(
    ("prompt", "degrees"),
    [
        ("rotate 90 degrees", 90),
        ("rotate by 90 degrees clockwise", 90),
        ("rotate the picture 45° to the left", -45),
        ("rotate image 1 by 30 degrees", 30),
        ("turn it 90 degrees anti-clockwise", -90),
        ("rotate counterclockwise", -90),
        ("turn it a quarter turn to the right", 90),
        ("upside down", 180),
        ("rotate 12.5 degrees", 12.5),
        ("rotate left. Rotate right.", 0),
        ("向右旋转90度", 90),
        ("逆时针旋转四十五度", -45),
        ("旋转180°", 180),
        ("往左转十五度", -15),
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
        ('write "Open all day"', "Open all day"),
        ("写上“春天来了”", "春天来了"),
        ("加上「你好」和「再见」", "你好 再见"),
        ('replace "OPEN" with "CLOSED"', "CLOSED"),
        ("it's a dog's life, don't 'blur' it", ""),
        ('write "do not blur, 黑白"', "do not blur, 黑白"),
        ('write ""', ""),
    ],
)
def test_what_stands_in_quotation_marks_is_written_and_not_obeyed(prompt: str, text: str) -> None:
    reading = read(prompt, "", pictures=1)
    assert "".join(wish.text for wish in reading.wishes) == text
    assert wanted(reading) <= {Effect.CAPTION}


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("sepia", 0),
        ("make image 2 sepia", 1),
        ("Picture #3 as a sketch", 2),
        ("the second photo in black and white", 1),
        ("把图2变成素描", 1),
        ("第三张图片变亮", 2),
        ("make image 7 sepia", 0),
        ("image 2 in the colours of image 1", 1),
        ("图３变暗", 2),
    ],
)
def test_a_prompt_chooses_its_picture(prompt: str, subject: int) -> None:
    assert read(prompt, "", pictures=3).subject == subject


def test_colours_of_a_picture_that_is_not_there_are_not_understood() -> None:
    reading = read("image 1 in the colours of image 2", "", pictures=1)
    assert (wanted(reading), reading.unread, reading.missing) == (set(), ("image 1 in the colours of image 2",), (2,))


@pytest.mark.parametrize("prompt", ["side by side", "blend", "并排"])
def test_one_picture_alone_cannot_be_put_together(prompt: str) -> None:
    reading = read(prompt, "", pictures=1)
    assert (wanted(reading), reading.unread) == (set(), (prompt,))


@pytest.mark.parametrize(
    ("prompt", "unread"),
    [
        ("Replace the background of Image 1 with a beach.", ("Replace the background of Image 1 with a beach",)),
        ("Add a hat and make it brighter", ("Add a hat",)),
        ("把背景换成海滩，很美！变亮", ("把背景换成海滩，很美",)),
        ("Put a \uff28\uff21\uff34 on, sepia", ("Put a \uff28\uff21\uff34 on",)),
        ("sepia, keep the cup, add a hat", ("add a hat",)),
        ("please make it sepia, thank you", ()),
        ("加一顶帽子，变亮", ("加一顶帽子",)),
        ("do not crop", ()),
        ("replace the sky with a sunset", ("replace the sky with a sunset",)),
    ],
)
def test_what_was_not_understood_is_kept_in_the_words_of_the_prompt(prompt: str, unread: tuple[str, ...]) -> None:
    assert read(prompt, "", pictures=1).unread == unread


def said(prompt: str, negative: str = "", pictures: int = 1) -> str:
    return revised_prompt(read(prompt, negative, pictures), pictures)


def test_the_revised_prompt_says_what_was_done_left_out_and_not_understood() -> None:
    assert said("Turn it black and white, no frame, and put a hat on the cat; rotate left") == (
        "Offline engine: classic filters, not Qwen. Done: turned 90° to the left, black and white. "
        "Left out, as you asked: frame. Not understood: “put a hat on the cat”."
    )


def test_the_revised_prompt_speaks_the_language_of_the_prompt() -> None:
    assert said("变成黑白，不要边框，给猫戴帽子") == (
        "离线引擎：传统滤镜，不是 Qwen。已执行：黑白。按要求没有应用：边框。没有理解：“给猫戴帽子”。"
    )
    assert said("make it sepia and write “早上好”").startswith("Offline engine")
    assert said("“早上好”").startswith("离线引擎")


def test_the_revised_prompt_gives_examples_when_nothing_was_understood() -> None:
    words = said("put a hat on the cat")
    assert "image 1 is as it was" in words
    assert "It understands, for example: black and white, sepia" in words
    assert "黑白、棕褐色" in said("给猫戴帽子")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("make image 2 sepia", "Done: image 2: sepia."),
        ("image 1 in the colours of image 2", "Done: image 1: the colours of image 2."),
        ("blend, white frame", "Done: blended into one picture, white frame."),
        ("make image 5 sepia", "There is no image 5."),
        ("sepia. Keep the cup, the spoon and all.", "also what is to stay: “Keep the cup, the spoon and all”."),
        ("变亮，人物保持不变", "无法单独保留：“人物保持不变”。"),
        ("make it teal", "tinted teal"),
        ("change the red cup to blue", "red changed to blue"),
        ("paint the cup blue", "the strongest colour changed to blue"),
        ('write "Hi"', "caption “Hi”"),
        ("blur the background", "blurred away from the middle"),
        ("把图2的红色杯子换成蓝色", "已执行：图2：红色换成蓝色。"),
    ],
)
def test_the_revised_prompt_names_particulars(prompt: str, words: str) -> None:
    assert words in said(prompt, pictures=2)


def test_where_nothing_was_done_everything_was_kept() -> None:
    assert "also what is to stay" not in said("put a hat on the cat. Keep the cat.")


def test_the_negative_prompt_is_part_of_what_is_said() -> None:
    assert "Left out, as you asked: blur." in said("blur and sepia", negative="blur")


def test_a_very_long_wish_is_shortened_when_it_is_repeated() -> None:
    assert len(said("x" * 700)) < 1000


WORDS = [prompt for prompts in [*ENGLISH.values(), *CHINESE.values()] for prompt in prompts]
BETWEEN = [
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
PIECES = st.sampled_from([*WORDS, *BETWEEN])


@settings(max_examples=150, deadline=1000)
@given(
    st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map(" ".join)),
    st.text(max_size=60),
    st.integers(1, 3),
)
def test_any_text_is_read_and_answered(prompt: str, negative: str, pictures: int) -> None:
    reading = read(prompt, negative, pictures)
    assert 0 <= reading.subject < pictures
    assert all(0 <= number < pictures for number in reading.together)
    assert len({wish.effect for wish in reading.wishes}) == len(reading.wishes)
    assert revised_prompt(reading, pictures).startswith(("Offline engine", "离线引擎"))
    assert set(NAMES) >= set(reading.left_out)


SMALL = (scene((24, 16)), scene((16, 20), seed=3))


@settings(max_examples=25, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=6).map(" ".join)), st.integers(0, 2**31 - 1))
def test_any_text_can_be_edited_with(prompt: str, seed: int) -> None:
    made = edited(prompt, *SMALL, seed=seed, size=(64, 48))
    assert (made.width, made.height, len(made.pictures)) == (64, 48, 1)


@pytest.mark.parametrize(
    "prompt",
    [
        "rotate " + "the " * 200,
        "'" * 800,
        "“" * 800,
        "换成" * 400,
        "make it deep " * 60,
        "红" * 800,
        "blur or " * 100,
        "comic-" * 133,
    ],
)
def test_a_prompt_made_to_be_slow_is_read_in_an_instant(prompt: str) -> None:
    started = time.process_time()
    read(prompt, prompt, pictures=3)
    assert time.process_time() - started < 0.5
