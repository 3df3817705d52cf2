"""Pictures of strangers are decoded in processes of their own, which may fail without harm."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from drawn import corners, exif, photo, saved, stored_for
from PIL import Image
from space_check import ROOT

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


SPY: Final = """
import os
from client.pictures import apart

def tell(sender):
    sender.send_bytes(repr(dict(os.environ)).encode())

if __name__ == "__main__":
    apart.PicturesApart()
    processes = apart._processes()
    receiver, sender = processes.Pipe(duplex=False)
    processes.Process(target=tell, args=(sender,)).start()
    print(os.environ["QWEN_EDIT_API_KEY"], receiver.recv_bytes().decode())
"""


def test_the_process_sees_nothing_of_our_environment(tmp_path: Path) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text(SPY, encoding="utf-8")
    environment = {**os.environ, "QWEN_EDIT_API_KEY": "sk-canary-key", "PYTHONPATH": os.fspath(ROOT)}
    ours, _, theirs = subprocess.check_output([sys.executable, spy], env=environment, text=True).partition(" ")  # noqa: S603 - our own program
    assert ours == "sk-canary-key"
    assert "OPENBLAS" in theirs
    assert "canary" not in theirs


def crash(*_: object) -> None:
    """Do what a decoder does that an attacker broke."""
    os.abort()


def hang(*_: object) -> None:
    """Use no processor time, and never end."""
    time.sleep(60)


@pytest.mark.parametrize(("work", "said"), [(crash, "damaged"), (hang, "too much time or memory")])
def test_a_process_without_an_answer_ends_in_a_sentence(
    work: Callable[..., None], said: str, turned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("client.pictures.apart.answer", work)
    with pytest.raises(InvalidImageError, match=said):
        PicturesApart(seconds=2).prepare_picture(turned)
