"""Pictures of strangers are decoded in processes of their own, which may fail without harm."""

import os
from pathlib import Path

import pytest
from drawn import corners, exif, photo, saved, stored_for
from PIL import Image

from client.errors import InvalidImageError
from client.pictures import PicturesApart, pictures_for, prepare_picture, preview_png


@pytest.fixture
def turned(tmp_path: Path) -> Path:
    """Write a picture that must be decoded."""
    path = tmp_path / "a photograph.jpg"
    path.write_bytes(saved(stored_for(corners(480, 300), 6), "JPEG", exif=exif(6, private=True)))
    return path


def test_a_picture_comes_out_the_same(turned: Path) -> None:
    apart = PicturesApart()
    assert apart.prepare_picture(turned) == prepare_picture(turned)
    assert apart.preview_png(turned) == preview_png(turned)
    assert apart.prepare_picture(turned, 200) == prepare_picture(turned, 200)
    assert prepare_picture(turned, 200).width == 200


def test_pictures_of_strangers_are_decoded_apart_and_ones_own_are_not() -> None:
    assert isinstance(pictures_for(public=True), PicturesApart)
    assert not isinstance(pictures_for(public=False), PicturesApart)


def test_a_fit_file_needs_no_process(tmp_path: Path) -> None:
    path = tmp_path / "fit.png"
    path.write_bytes(saved(photo(400, 400), "PNG"))
    assert PicturesApart(seconds=0, memory=0).prepare_picture(path) == prepare_picture(path)


def test_a_refusal_keeps_its_words(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    path.write_bytes(saved(photo(400, 400), "TIFF")[:-9000])
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(saved(Image.new("1", (13_000, 13_000)), "PNG"))
    for way in (PicturesApart().prepare_picture, PicturesApart().preview_png):
        with pytest.raises(InvalidImageError, match="damaged"):
            way(path)
        with pytest.raises(InvalidImageError, match=r"169\.0 megapixels; at most 40"):
            way(bomb)


@pytest.mark.parametrize("limit", [{"seconds": 0}, {"memory": 1_000_000}], ids=["time", "memory"])
def test_a_limit_ends_in_a_sentence(limit: dict[str, int], turned: Path) -> None:
    with pytest.raises(InvalidImageError, match="too much time or memory"):
        PicturesApart(**limit).prepare_picture(turned)


def test_the_process_sees_nothing_of_our_environment(
    turned: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spy = tmp_path / "python"
    spy.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nexit 1\n")
    spy.chmod(0o700)
    monkeypatch.setattr("sys.executable", os.fspath(spy))
    monkeypatch.setenv("QWEN_EDIT_API_KEY", "sk-canary-key")
    with pytest.raises(InvalidImageError):
        PicturesApart().prepare_picture(turned)
    assert "canary" not in (tmp_path / "seen").read_text()
