"""What a person has filled in, read from the page by name and turned into a request."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from gradio.components import Component

from client import EditRequest, ImageEditError, Picture, Settings
from client.catalog import ModelSpec, model_spec
from client.edits.target import Target
from client.service.addresses import picture_link
from ui import sizes
from ui.layout import Page
from ui.memory import Memory

Prepare = Callable[[Path], Awaitable[Picture]]


class SlotError(Exception):
    """The picture in one slot cannot be used."""

    def __init__(self, number: int, error: ImageEditError) -> None:
        super().__init__(str(error))
        self.number = number
        self.error = error


def without_slot(error: Exception | None) -> tuple[Exception | None, int | None]:
    """Give what is wrong, and the number of the picture that it is wrong with; None where it is none of them."""
    return (error.error, error.number) if isinstance(error, SlotError) else (error, None)


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot that holds something; `number` is its place in the request, which the prompt names."""

    slot: int
    number: int
    path: Path | None
    url: str
    shown: Path | None


Uploaded = Mapping[str, Any] | str  # a file as the browser names it, or only its path


def path_of(picture: Uploaded | None) -> str | None:
    """Give the path of what a slot holds, None when it is empty."""
    return picture if isinstance(picture, str) or picture is None else picture.get("path")


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The values of the page, named as its components are."""

    language: str
    picture_1: Uploaded | None = None
    picture_2: Uploaded | None = None
    picture_3: Uploaded | None = None
    url_1: str | None = None
    url_2: str | None = None
    url_3: str | None = None
    originals: Mapping[str, str] = field(default_factory=dict)
    prompt: str = ""
    negative: str = ""
    model: str = ""
    n: int = 1
    size: str = sizes.AUTO
    width: int = 1024
    height: int = 1024
    seed: int | None = None
    prompt_extend: bool = True
    watermark: bool = False
    own: Settings | None = None
    picture_sizes: Mapping[int, sizes.Size] = field(default_factory=dict)
    region: str = ""

    def __post_init__(self) -> None:
        """Let an emptied field mean its default."""
        for each in fields(self):
            if getattr(self, each.name) is None and each.default is not MISSING:
                object.__setattr__(self, each.name, each.default)

    @property
    def filled(self) -> tuple[Filled, ...]:
        """The slots that hold something, from left to right, numbered without gaps as the service counts them."""
        pictures = map(path_of, (self.picture_1, self.picture_2, self.picture_3))
        urls = (self.url_1, self.url_2, self.url_3)
        found: list[Filled] = []
        for slot, (picture, url) in enumerate(zip(pictures, urls, strict=True), start=1):
            link = (url or "").strip()
            if picture:
                original = Path(self.originals.get(picture, picture))
                found.append(Filled(slot, len(found) + 1, original, "", Path(picture)))
            elif link:
                found.append(Filled(slot, len(found) + 1, None, link, None))
        return tuple(found)

    def service(self, operators: Settings) -> Settings:
        """Give the settings that hold for this visitor: those chosen for the session, else the operator's."""
        return self.own or operators

    def first_usable(self, problems: Container[int] = ()) -> Filled | None:
        """Give the picture that the stage shows as “before”: the first that is there.

        `problems` holds the numbers of those that are known to be of no use.
        """
        usable = (one for one in self.filled if one.number not in problems)
        return next((one for one in usable if one.shown is None or one.shown.is_file()), None)

    @property
    def first_shown(self) -> Path | None:
        """The file of the first picture that is there; None when there is none, or it is a link."""
        first = self.first_usable()
        return first.shown if first else None

    @property
    def shown(self) -> list[Path | None]:
        """The files of the pictures by their numbers, as a browser can show them; None for links and what is gone."""
        return [one.shown if one.shown and one.shown.is_file() else None for one in self.filled]

    async def request(
        self, settings: Settings, prepare: Prepare, *, size: str | None = None, target: Target | None = None
    ) -> EditRequest:
        """Prepare the pictures, all at once, and make the request for the service of `settings`.

        `size` overrules what is chosen, and so does a `target`: what is put back into it needs its shape. Raises
        SlotError when a picture cannot be used, InvalidRequestError when anything else is wrong.
        """
        pictures = await asyncio.gather(*(_prepare(filled, prepare) for filled in self.filled))
        if size is None:
            size = self._shaped(settings, pictures, target) or self._chosen(target)
        return EditRequest(
            model=self.model,
            prompt=self.prompt,
            pictures=tuple(pictures),
            negative_prompt=self.negative,
            n=self.n,
            size=size,
            seed=self.seed,
            prompt_extend=self.prompt_extend,
            watermark=self.watermark,
            hosted=settings.abilities.hosted,
        )

    def _shaped(self, settings: Settings, pictures: Sequence[Picture | str], target: Target | None) -> str:
        """Give the size to ask for where the service would not choose the wanted picture's shape by itself.

        It takes that of the last one. Asked for no size, it makes the same; and some services refuse a size where
        several results are asked for.
        """
        rule, first, last = self.spec(settings).size, pictures[target.place if target else 0], pictures[-1]
        if self._chosen(target) != sizes.AUTO or rule is None or "size" not in settings.abilities.carries:
            return ""
        if isinstance(first, str):
            return ""
        if target and not target.painted:
            # All of it is to have the size of the original: the fewer pixels are made up the better.
            return "{}*{}".format(*sizes.nearest((target.original.width, target.original.height), rule))
        wanted = sizes.shaped_like((first.width, first.height), rule)
        if not isinstance(last, str) and sizes.shaped_like((last.width, last.height), rule) == wanted:
            return ""
        return f"{wanted[0]}*{wanted[1]}"

    def _chosen(self, target: Target | None) -> str:
        return sizes.AUTO if target else sizes.wire(self.size, self.width, self.height)

    def spec(self, operators: Settings) -> ModelSpec:
        """Give what the chosen model takes from the service that is in use."""
        return model_spec(self.model, hosted=self.service(operators).abilities.hosted)


async def _prepare(filled: Filled, prepare: Prepare) -> Picture | str:
    try:
        if filled.path is None:
            return picture_link(filled.url)
        return await prepare(filled.path)
    except ImageEditError as error:
        raise SlotError(filled.number, error) from error


def form_inputs(page: Page, memory: Memory) -> dict[str, Component]:
    """Name the components that fill a `Form`."""
    pictures = {f"picture_{number}": slot.picture for number, slot in enumerate(page.slots, start=1)}
    urls = {f"url_{number}": slot.url for number, slot in enumerate(page.slots, start=1)}
    return {
        "language": page.header.language,
        **pictures,
        **urls,
        "originals": memory.originals,
        "prompt": page.prompt.text,
        "negative": page.negative.text,
        "model": page.model.model,
        "n": page.size.n,
        "size": page.size.size,
        "width": page.size.width,
        "height": page.size.height,
        "seed": page.model.seed,
        "prompt_extend": page.model.prompt_extend,
        "watermark": page.model.watermark,
        "own": memory.own,
        "picture_sizes": memory.picture_sizes,
        "region": memory.region,
    }
