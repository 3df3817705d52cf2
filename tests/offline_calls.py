"""Pictures and requests for the tests of the offline engine."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from client.offline.engine import Edited, Order, edit
from client.offline.server import make_app

Pixels = NDArray[np.uint8]

SQUARE = (512, 512)
"""Tests draw and ask for this size, so that no scaling touches what they compare."""


def scene(size: tuple[int, int] = SQUARE, seed: int = 0) -> Pixels:
    """Draw a picture with soft colours, hard edges and grain, no two quarters alike."""
    width, height = size
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(width, height)
    waves = [np.sin(5 * x + 2 * y + k * 1.7 + seed) * 60 + 110 + 25 * k for k in range(3)]
    picture = np.stack(waves, axis=-1)
    picture[(x - 0.3) ** 2 + (y - 0.35) ** 2 < 0.02] = (205, 60, 45)
    picture[height // 2 : height // 2 + height // 8, width // 2 :] = (40, 90, 190)
    picture += rng.normal(0, 4, (height, width, 1))
    return np.asarray(picture.clip(0, 255), dtype=np.uint8)


def file_of(pixels: Pixels, kind: str = "PNG", **options: Any) -> bytes:  # noqa: ANN401 - whatever Pillow takes
    """Save a picture."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, kind, **options)
    return written.getvalue()


def pixels_of(content: bytes) -> Pixels:
    """Open a picture."""
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"), dtype=np.uint8)


def edited(prompt: str, *pictures: Pixels, negative: str = "", n: int = 1, **more: Any) -> Edited:  # noqa: ANN401
    """Edit pictures, by default one square scene, with seed 1."""
    files = tuple((file_of(picture), None) for picture in pictures or (scene(),))
    made = edit(Order(prompt, files, negative_prompt=negative, n=n, **{"seed": 1, "size": SQUARE} | more))
    assert isinstance(made, Edited)
    return made


def result(prompt: str, *pictures: Pixels, **more: Any) -> Pixels:  # noqa: ANN401 - passed on
    """Edit pictures and open the only result."""
    (content,) = edited(prompt, *pictures, **more).pictures
    return pixels_of(content)


def data_uri(content: bytes, mime: str = "image/png") -> str:
    """Give a file as the API takes it."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


SMALL = data_uri(file_of(scene((96, 64))))


def request_body(*content: Mapping[str, object], model: str = "qwen-image-edit-plus", **parameters: object) -> Any:  # noqa: ANN401 - tests reach into it
    """Give the body of an edit; without `content` it holds one small picture and a prompt."""
    items = list(content) or [{"image": SMALL}, {"text": "black and white"}]
    return {
        "model": model,
        "input": {"messages": [{"role": "user", "content": items}]},
        "parameters": parameters,
    }


def caller(delay: float = 0.0) -> httpx.AsyncClient:
    """Give a client of a new offline service in this process, with a key."""
    transport = httpx.ASGITransport(make_app(delay))
    return httpx.AsyncClient(
        transport=transport, base_url="http://offline.invalid/v1", headers={"Authorization": "Bearer sk-offline-test"}
    )
