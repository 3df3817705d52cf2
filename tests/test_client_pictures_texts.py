"""Texts in a PNG beside its pixels, ours and those of other programs, held against Pillow and against damage."""

import zlib
from pathlib import Path

import pytest
from doubles import png
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from client import InvalidImageError
from client.pictures.texts import MOST_TEXT, texts_in, with_texts

TEXTS = {"Qwen Edit Studio": '{"prompt": "把天空变成傍晚 🌇"}', "Description": "ligne 1\nligne 2"}


def written(folder: Path, content: bytes, name: str = "picture.png") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def carrying(folder: Path, *chunks: bytes) -> Path:
    plain = png()
    return written(folder, plain[:33] + b"".join(chunks) + plain[33:])


def test_texts_are_read_by_pillow_and_by_us_and_nothing_else_changes(tmp_path: Path) -> None:
    plain = written(tmp_path, png())
    made = with_texts(plain, TEXTS)
    again = written(tmp_path, made, "again.png")
    with Image.open(again) as image:
        assert {name: image.text[name] for name in TEXTS} == TEXTS  # type: ignore[attr-defined]
    assert texts_in(again) == TEXTS
    assert made[:33] + made[len(made) - len(png()) + 33 :] == png()


def test_what_other_programs_wrote_is_read(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20, Seed: 7")
    info.add_text("workflow", '{"nodes": []}', zip=True)
    info.add_itxt("prompt", '{"1": "猫"}', zip=True)
    path = tmp_path / "foreign.png"
    Image.new("RGB", (8, 8)).save(path, pnginfo=info)
    assert texts_in(path) == {
        "parameters": "a cat\nSteps: 20, Seed: 7",
        "workflow": '{"nodes": []}',
        "prompt": '{"1": "猫"}',
    }


def test_of_several_texts_of_one_name_the_first_is_read(tmp_path: Path) -> None:
    path = carrying(tmp_path, chunk(b"tEXt", b"parameters\0one"), chunk(b"tEXt", b"parameters\0two"))
    assert texts_in(path) == {"parameters": "one"}


@pytest.mark.parametrize(
    "content",
    [
        chunk(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(MOST_TEXT + 1))),
        chunk(b"zTXt", b"broken\0\0not packed"),
        chunk(b"zTXt", b"short\0\0" + zlib.compress(b"abc")[:-4]),
        chunk(b"iTXt", b"broken\0\1\0\0\0not packed"),
        chunk(b"tEXt", b"long\0" + bytes(MOST_TEXT)),
    ],
)
def test_what_is_damaged_or_too_long_is_left_out(content: bytes, tmp_path: Path) -> None:
    assert texts_in(carrying(tmp_path, content, chunk(b"tEXt", b"good\0text"))) == {"good": "text"}


@pytest.mark.parametrize("content", [b"", b"tEXt", b"tEXt\0", b"\0"])
def test_a_text_without_its_parts_harms_nobody(content: bytes, tmp_path: Path) -> None:
    found = texts_in(carrying(tmp_path, chunk(b"iTXt", content), chunk(b"tEXt", b"good\0text")))
    assert found["good"] == "text"


def test_no_file_has_more_than_a_few_texts(tmp_path: Path) -> None:
    many = [chunk(b"tEXt", b"name %d\0text" % place) for place in range(100)]
    assert len(texts_in(carrying(tmp_path, *many))) == 32


@pytest.mark.parametrize("content", [b"", b"GIF89a", png()[:40], png()[:-4], b"\xff\xd8\xff" + bytes(100)])
def test_what_is_no_whole_png_gets_no_texts(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidImageError):
        with_texts(written(tmp_path, content), TEXTS)


def test_a_file_that_is_gone_or_is_no_png_has_none(tmp_path: Path) -> None:
    assert texts_in(tmp_path / "gone.png") == {}
    assert texts_in(written(tmp_path, b"GIF89a")) == {}
    assert texts_in(written(tmp_path, png()[:40])) == {}
