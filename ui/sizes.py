"""The sizes the page offers: shapes of about one megapixel, sides in multiples of 16."""

import math
from typing import Final

from client.catalog import SizeRule

AUTO: Final = "auto"
CUSTOM: Final = "custom"
STEP: Final = 16  # the service rounds every side to a multiple of this
SHAPES: Final = {
    "1:1": (1024, 1024),
    "3:2": (1248, 832),
    "2:3": (832, 1248),
    "4:3": (1184, 880),
    "3:4": (880, 1184),
    "16:9": (1360, 768),
    "9:16": (768, 1360),
}
# The results come back in exactly the size of the picture of this number.
SAME: Final = {"same-1": 1, "same-2": 2, "same-3": 3}
CHOICES: Final = (AUTO, *SAME, *SHAPES, CUSTOM)
# What can be asked of a model that takes no size.
UNSIZED: Final = (AUTO, *SAME)
AREA: Final = 1024 * 1024  # pixels, of what a service makes where it is asked for no size (CONTRACT.md, section 1)
Size = tuple[int, int]


def pixels(choice: str, width: int, height: int) -> Size | None:
    """Give the width and height that `choice` stands for, None where the picture decides."""
    if choice in UNSIZED:
        return None
    return (_stepped(width), _stepped(height)) if choice == CUSTOM else SHAPES[choice]


def shaped_like(picture: Size, rule: SizeRule) -> Size:
    """Give the size of about one megapixel whose shape comes nearest to that of a picture, of those a model makes."""
    width, height = picture
    ratio = width / height
    if rule.max_ratio:
        ratio = min(max(ratio, 1 / rule.max_ratio), rule.max_ratio)
    sides = [_stepped(math.sqrt(AREA * ratio)), _stepped(math.sqrt(AREA / ratio))]
    if rule.kind == "side":
        sides = [min(max(side, rule.low), rule.high) for side in sides]
    while rule.max_ratio and max(sides) > rule.max_ratio * min(sides):
        sides[sides.index(min(sides))] += STEP
    return sides[0], sides[1]


def nearest(picture: Size, rule: SizeRule) -> Size:
    """Give the size that comes nearest to that of a picture, in its shape, of those a model makes."""
    width, height = picture
    if rule.kind == "side":
        scale = max(min(1.0, rule.high / max(picture)), rule.low / min(picture))
    else:
        area = width * height
        scale = max(min(1.0, math.sqrt(rule.high**2 / area)), math.sqrt(rule.low**2 / area))
    # Rounded down to a step, so that it stays within the rule; where the shape is too slim for it, it is bent.
    sides = [max(STEP, math.floor(side * scale / STEP + 1e-6) * STEP) for side in picture]
    if rule.kind == "side":
        sides = [min(max(side, rule.low), rule.high) for side in sides]
    while rule.kind == "area" and sides[0] * sides[1] < rule.low**2:
        sides[sides.index(min(sides))] += STEP
    while rule.max_ratio and max(sides) > rule.max_ratio * min(sides):
        sides[sides.index(min(sides))] += STEP
    return sides[0], sides[1]


def _stepped(side: float) -> int:
    return max(STEP, round(side / STEP) * STEP)


def wire(choice: str, width: int, height: int) -> str:
    """Give the size as `EditRequest` takes it."""
    chosen = pixels(choice, width, height)
    return AUTO if chosen is None else f"{chosen[0]}*{chosen[1]}"


def chosen(size: str) -> tuple[str, int, int]:
    """Give the choice, width and height on the page that stand for a size as `EditRequest` has it."""
    if size == AUTO:
        return AUTO, *SHAPES["1:1"]
    width, height = map(int, size.split("*"))
    shape = next((name for name, sides in SHAPES.items() if sides == (width, height)), CUSTOM)
    return shape, width, height
