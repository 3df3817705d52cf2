"""What can be asked for: what each model takes (CONTRACT.md, section 1), and what each dialect carries."""

from dataclasses import dataclass, replace
from typing import Final, Literal

PROMPT_LIMIT: Final = 800
NEGATIVE_LIMIT: Final = 500
SEED_MAX: Final = 2147483647
DEFAULT_MODEL: Final = "qwen-image-edit-plus"


@dataclass(frozen=True, slots=True)
class SizeRule:
    """Which sizes a model makes: each side from `low` to `high` pixels, or an area from low·low to high·high."""

    kind: Literal["side", "area"]
    low: int = 512
    high: int = 2048
    max_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model: `max_n` results at once, `size` None where it takes none, `price_cny` per result upstream."""

    name: str
    max_n: int
    size: SizeRule | None
    prompt_extend: bool
    price_cny: float | None
    max_pictures: int = 3


_SIDE: Final = SizeRule("side")
_ANY_SIDE: Final = SizeRule("side", low=64, high=4096)
_AREA: Final = SizeRule("area")
_SHAPED_AREA: Final = SizeRule("area", max_ratio=8.0)


def _spec(name: str, size: SizeRule, price_cny: float | None) -> ModelSpec:
    return ModelSpec(name, max_n=6, size=size, prompt_extend=True, price_cny=price_cny)


# The offline engine, which imports nothing of the client, refuses what a service would by a table of its own: `MODELS`
# in client/offline/rules.py. A test compares the two.
MODELS: Final = (
    _spec(DEFAULT_MODEL, _SIDE, 0.2),
    _spec("qwen-image-edit-plus-2025-12-15", _SIDE, 0.2),
    _spec("qwen-image-edit-plus-2025-10-30", _SIDE, 0.2),
    ModelSpec("qwen-image-edit", max_n=1, size=None, prompt_extend=False, price_cny=0.3),
    _spec("qwen-image-edit-max", _SIDE, 0.5),
    _spec("qwen-image-edit-max-2026-01-16", _SIDE, 0.5),
    _spec("qwen-image-2.0", _AREA, 0.2),
    _spec("qwen-image-2.0-pro", _AREA, 0.5),
    _spec("qwen-image-3.0", _SHAPED_AREA, None),
    _spec("qwen-image-3.0-pro", _SHAPED_AREA, None),
)


def is_known(name: str) -> bool:
    """Tell whether the catalog lists this model."""
    return any(spec.name == name for spec in MODELS)


def model_spec(name: str, *, hosted: bool = True) -> ModelSpec:
    """Return what the model takes; one that is not listed is treated like qwen-image-edit-plus, at an unknown price.

    Where a model is not `hosted` by the makers of the catalog but runs on a server of someone's own, its name tells
    nothing: it has only the limits of that server, and no price.
    """
    if not hosted:
        return ModelSpec(name, max_n=6, size=_ANY_SIDE, prompt_extend=False, price_cny=None)
    for spec in MODELS:
        if spec.name == name:
            return spec
    return replace(MODELS[0], name=name, price_cny=None)


Wish = Literal["negative_prompt", "n", "size", "seed", "prompt_extend", "watermark", "picture_links"]

EVERYTHING: Final[frozenset[Wish]] = frozenset(
    {"negative_prompt", "n", "size", "seed", "prompt_extend", "watermark", "picture_links"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a dialect carries, named like the fields of EditRequest (and `picture_links`: links among its pictures).

    `bases` are the addresses that its services are usually found at, the first one being the default. `hosted` tells
    whether they offer the models of the catalog, within its limits and at its prices; where not, any model's name may
    be served and prices are unknown.
    """

    bases: tuple[str, ...]
    carries: frozenset[Wish] = EVERYTHING
    needs_key: bool = True
    hosted: bool = True
