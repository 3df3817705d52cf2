"""The offline engine: real edits by classic filters, the same bytes for the same request and seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from client.offline import overlays
from client.offline.decoding import decode
from client.offline.effects import FILTER, LAY_ON, Task, canvas, carried_out
from client.offline.order import Order
from client.offline.pixels import Pixels
from client.offline.reading import Reading, read
from client.offline.sizes import Size, output_size
from client.offline.variation import Variation, finished, variation
from client.offline.vocabulary import Effect
from client.offline.wording import revised_prompt

PNG_COMPRESSION: Final = 3
"""Twice as fast as the usual 6, and photographs become no larger."""

PROMPT_READ: Final = 800
NEGATIVE_READ: Final = 500
"""Letters of a prompt and a negative prompt that count; the rest is cut (reference, "text", "negative_prompt")."""

COLOURLESS: Final = frozenset({Effect.BLACK_AND_WHITE, Effect.PENCIL, Effect.LINE_ART})
COLOURED_AFTER: Final = frozenset({Effect.SEPIA, Effect.EVENING, Effect.WARMER, Effect.COOLER, Effect.TINT})


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit: PNG files, and in words what was done."""

    pictures: tuple[bytes, ...] = field(repr=False)
    revised_prompt: str
    width: int
    height: int


def edit(order: Order) -> Edited:
    """Carry out an order; raise PictureError for a file that cannot be decoded.

    Takes some 0.1 to 0.3 s for each result of a megapixel; the caller keeps it off the event loop.
    """
    pictures = [decode(content) for content in order.pictures]
    size = output_size(order.size, (pictures[-1].shape[1], pictures[-1].shape[0]))
    reading = read(order.prompt[:PROMPT_READ], order.negative_prompt[:NEGATIVE_READ], len(pictures))
    finishes = [variation(order.seed or 0, index) for index in range(order.n)]
    results = [_result(order, reading, pictures, size, finish) for finish in finishes]
    return Edited(tuple(results), revised_prompt(reading, len(pictures)), *size)


def _result(order: Order, reading: Reading, pictures: Sequence[Pixels], size: Size, finish: Variation) -> bytes:
    tasks = _tasks(reading, pictures, size, finish)
    effects = {task.wish.effect for task in tasks}
    pixels = canvas(pictures[reading.subject], tasks, size)
    pixels = carried_out(pixels, tasks, FILTER)
    pixels = finished(pixels, finish, neutral=bool(effects & COLOURLESS) and not effects & COLOURED_AFTER)
    pixels = carried_out(pixels, tasks, LAY_ON)
    return _png(overlays.watermark(pixels) if order.watermark else pixels)


def _tasks(reading: Reading, pictures: Sequence[Pixels], size: Size, finish: Variation) -> list[Task]:
    chosen = [pictures[number] for number in reading.together]
    return [Task(wish, wish.strength * finish.strength, finish.seed, pictures, chosen, size) for wish in reading.wishes]


def _png(pixels: Pixels) -> bytes:
    blue_first = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".png", blue_first, [cv2.IMWRITE_PNG_COMPRESSION, PNG_COMPRESSION])
    return np.asarray(encoded, dtype=np.uint8).tobytes()
