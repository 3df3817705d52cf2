"""What each model takes (reference, "Model preview"; official pages for the models it does not list)."""

from dataclasses import dataclass
from typing import Final

MOST_PICTURES: Final = 3
LARGEST_SEED: Final = 2_147_483_647
LARGEST_FILE: Final = 10_000_000
"""Bytes of one picture (reference, "image": 10 MB)."""

LARGEST_BODY: Final = 48 * 1024 * 1024
"""Bytes of a request: three pictures of 10 MB as base64, and room for the words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one model; sizes hold for each side, or (`by_area`) for the square root of the pixels in total."""

    most_results: int = 6
    takes_size: bool = True
    takes_prompt_extend: bool = True
    smallest: int = 512
    largest: int = 2048
    by_area: bool = False
    slimmest: float | None = None
    """The longest shape, as long side by short side; None: any."""


_PLUS: Final = Limits()
_SECOND: Final = Limits(by_area=True)
_THIRD: Final = Limits(by_area=True, slimmest=8.0)

MODELS: Final = {
    "qwen-image-edit": Limits(most_results=1, takes_size=False, takes_prompt_extend=False),
    "qwen-image-edit-plus": _PLUS,
    "qwen-image-edit-plus-2025-10-30": _PLUS,
    "qwen-image-edit-plus-2025-12-15": _PLUS,
    "qwen-image-edit-max": _PLUS,
    "qwen-image-edit-max-2026-01-16": _PLUS,
    "qwen-image-2.0": _SECOND,
    "qwen-image-2.0-pro": _SECOND,
    "qwen-image-3.0": _THIRD,
    "qwen-image-3.0-pro": _THIRD,
}
