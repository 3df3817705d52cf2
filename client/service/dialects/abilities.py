"""What can be said in a dialect, as values: the page closes, and explains, what cannot."""

from dataclasses import dataclass
from typing import Final, Literal

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
