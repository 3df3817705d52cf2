"""Ways to begin without typing: the examples of the empty page, and the task templates of the menu."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client.pictures.region import Stroke

ASSETS: Final = Path(__file__).resolve().parent.parent / "assets"
FOLDER: Final = ASSETS / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """Pictures for the slots in order, and what the offline engine makes of them; `key` finds the words.

    `region` is painted on the first picture: only there the result shows.
    """

    key: str
    pictures: tuple[Path, ...]
    after: Path
    region: tuple[Stroke, ...] = ()


# The suit, as somebody would paint it.
SUIT: Final = (
    Stroke("brush", 0.26, ((0.2, 0.52), (0.12, 0.68), (0.09, 0.9), (0.1, 1.0))),
    Stroke("brush", 0.3, ((0.28, 0.52), (0.28, 0.75), (0.28, 1.0), (0.42, 0.95), (0.47, 0.72), (0.57, 0.6))),
    Stroke("brush", 0.2, ((0.6, 0.48), (0.66, 0.6), (0.64, 0.68))),
)
EXAMPLES: Final = (
    Example("example.region", (FOLDER / "astronaut.jpg",), FOLDER / "after-region.jpg", SUIT),
    Example("example.sketch", (FOLDER / "raccoon.jpg",), FOLDER / "after-sketch.jpg"),
    Example("example.colours", (FOLDER / "rocket.jpg", FOLDER / "coffee.jpg"), FOLDER / "after-colours.jpg"),
)
# How many pictures the prompt of each template names. Its name is the sentence `template.<key>`, its prompt
# `template.<key>_prompt`.
TEMPLATES: Final[Mapping[str, int]] = {
    "background": 1,
    "remove": 1,
    "recolour": 1,
    "restyle": 1,
    "caption": 1,
    "pose": 1,
    "depth": 1,
    "lines": 1,
    "clothes": 2,
    "place": 2,
    "colours": 2,
    "people": 2,
    "outfit": 3,
}
