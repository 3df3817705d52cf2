"""What goes into an edit and what comes out of it."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    InstanceOf,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from client import catalog
from client.errors import InvalidImageError, InvalidRequestError
from client.messages import Message
from client.pictures import Picture
from client.service.addresses import picture_link

MODEL_NAME_LIMIT: Final = 128
AUTO: Final = "auto"

_SIZE: Final = re.compile(r"\s*([0-9]{1,5})\s*[*x×]\s*([0-9]{1,5})\s*", re.IGNORECASE)


def _refuse(code: str, **facts: str | float) -> NoReturn:
    raise InvalidRequestError(Message.of(code, **facts)) from None


def _plain_size(typed: object) -> object:
    """Return `auto` or `W*H` for every way of typing it: 1024*1536, 1024x1536, 1024 × 1536, Auto."""
    if not isinstance(typed, str):
        return typed
    if typed.strip().lower() == AUTO:
        return AUTO
    found = _SIZE.fullmatch(typed)
    if not found:
        _refuse("request.size")
    return f"{int(found[1])}*{int(found[2])}"


def _model_name(typed: object) -> object:
    if not isinstance(typed, str):
        return typed
    name = typed.strip()
    if not name:
        _refuse("request.model")
    if len(name) > MODEL_NAME_LIMIT or not name.isprintable():
        _refuse("request.model_name", limit=MODEL_NAME_LIMIT)
    return name


def _sendable(text: str) -> str:
    """Return the text with a question mark for each half of a character, which no encoding has a form for."""
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture as it is sent, in a file; `thumbnail` is None until it is made, `name` is as in Picture."""

    path: Path
    sha256: str
    mime: str
    width: int
    height: int
    size_bytes: int
    notes: tuple[Message, ...] = ()
    thumbnail: Path | None = None
    name: str = field(default="", compare=False)

    def load(self) -> Picture:
        """Read it; raises InvalidImageError where the file is gone. Slow enough for a thread."""
        try:
            return Picture(self.path.read_bytes(), self.mime, self.width, self.height, self.notes, self.name)
        except OSError:
            raise InvalidImageError(Message.of("image.missing")) from None


class EditRequest(BaseModel):
    """One edit as a person asked for it, checked against the catalog.

    `pictures` are sent in this order, which the prompt counts as image 1, image 2, …; those that are kept in files are
    read each time that they are sent, and a string is a public link that is passed on as it is. `size` is `auto` or
    `W*H` in pixels. `seed` None means: draw one. What the chosen model does not take (size, prompt_extend) is accepted
    here and left out of what is sent. `hosted` is False for a server of someone's own, for which the catalog does not
    hold.

    Whatever is wrong raises InvalidRequestError, with a sentence for the person who typed it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: Annotated[str, AfterValidator(_sendable)]
    pictures: tuple[InstanceOf[Picture] | InstanceOf[KeptPicture] | Annotated[str, AfterValidator(picture_link)], ...]
    model: Annotated[str, BeforeValidator(_model_name)] = catalog.DEFAULT_MODEL
    negative_prompt: Annotated[str, AfterValidator(_sendable)] = ""
    n: int = 1
    size: Annotated[str, BeforeValidator(_plain_size)] = AUTO
    seed: int | None = None
    prompt_extend: bool = True
    watermark: bool = False
    hosted: bool = True

    @model_validator(mode="wrap")
    @classmethod
    def _say_it_plainly(cls, values: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return validate(values)
        except ValidationError as error:
            _refuse_in_words(error)

    @model_validator(mode="after")
    def _check_against_catalog(self) -> Self:
        spec = self.spec
        if not self.prompt.strip():
            _refuse("request.no_prompt")
        _check_count(len(self.pictures), spec.max_pictures)
        if not 1 <= self.n <= spec.max_n:
            code = "request.n_single" if spec.max_n == 1 else "request.n"
            _refuse(code, model=self.model, limit=spec.max_n, n=self.n)
        if self.seed is not None and not 0 <= self.seed <= catalog.SEED_MAX:
            _refuse("request.seed")
        if self.size != AUTO and spec.size:
            _check_size(self.size, self.model, spec.size)
        return self

    @property
    def spec(self) -> catalog.ModelSpec:
        """What the chosen model takes, where this is to be sent."""
        return catalog.model_spec(self.model, hosted=self.hosted)

    @property
    def fixed_size(self) -> str | None:
        """The size that is asked for (`W*H`), None where the service chooses it."""
        return self.size if self.spec.size and self.size != AUTO else None

    def without_pictures(self) -> Self:
        """Return what is asked for, without the pictures."""
        return self.model_copy(update={"pictures": ()})

    def load_pictures(self) -> tuple[Picture | str, ...]:
        """Return the pictures, those that are kept read from the disk; raises InvalidImageError where one is gone."""
        return tuple(one.load() if isinstance(one, KeptPicture) else one for one in self.pictures)

    def warnings(self) -> tuple[Message, ...]:
        """Return what a person should know before this is sent."""
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[Message]:
        if not self.hosted:
            if self.watermark:
                yield Message.of("warn.no_watermark")
            return
        if len(self.prompt) > catalog.PROMPT_LIMIT:
            yield Message.of("warn.prompt_long", count=len(self.prompt), limit=catalog.PROMPT_LIMIT)
        if len(self.negative_prompt) > catalog.NEGATIVE_LIMIT:
            yield Message.of("warn.negative_long", count=len(self.negative_prompt), limit=catalog.NEGATIVE_LIMIT)
        if any(isinstance(picture, str) and picture.lower().startswith("oss:") for picture in self.pictures):
            yield Message.of("warn.oss")
        if not catalog.is_known(self.model):
            yield Message.of("warn.unknown_model", model=self.model)

    def with_seed(self) -> Self:
        """Return this request with a real seed, drawn where none was given."""
        if self.seed is not None:
            return self
        return self.model_copy(update={"seed": secrets.randbelow(catalog.SEED_MAX + 1)})


def _refuse_in_words(error: ValidationError) -> NoReturn:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "request"
    if name in {"seed", "size"}:
        _refuse(f"request.{name}")
    reason = first["msg"].rstrip(".")
    _refuse("request.field", field=name, reason=reason[:1].lower() + reason[1:])


def _check_count(count: int, limit: int) -> None:
    if not count:
        _refuse("request.no_picture")
    if count > limit:
        _refuse("request.too_many_pictures", limit=limit, count=count)


def _check_size(size: str, model: str, rule: catalog.SizeRule) -> None:
    width, height = map(int, size.split("*"))
    asked: dict[str, str | float] = {"model": model, "width": width, "height": height}
    if rule.kind == "side" and not (rule.low <= width <= rule.high and rule.low <= height <= rule.high):
        _refuse("request.size_side", low=rule.low, high=rule.high, **asked)
    if rule.kind == "area" and not rule.low**2 <= width * height <= rule.high**2:
        _refuse("request.size_area", low=rule.low, high=rule.high, **asked)
    if rule.max_ratio and max(width, height) > rule.max_ratio * min(width, height):
        _refuse("request.size_ratio", **asked)


@dataclass(frozen=True, slots=True)
class ResultPicture:
    """A result as it was stored, byte for byte as the service sent it; width and height in pixels."""

    path: Path
    width: int
    height: int
    mime: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class EditResult:
    """A finished edit: the pictures in the service's order, and what is known about how they were made.

    `asked_size` is `W*H`, None where the service chose it; `seed` is what was really sent, `received` how many results
    the service delivered of the `requested` ones, `seconds` how long it took from start to the last stored picture.
    """

    pictures: tuple[ResultPicture, ...]
    revised_prompt: str | None
    model: str
    seed: int
    asked_size: str | None
    requested: int
    received: int
    seconds: float
    request_id: str | None
    warnings: tuple[Message, ...]

    @property
    def size(self) -> str:
        """The size that was asked for, or that of the first picture where the service chose it, as `W*H`."""
        return self.asked_size or f"{self.pictures[0].width}*{self.pictures[0].height}"


class Phase(StrEnum):
    """What an edit is doing; it pauses as the service asked (WAITING), or because there was no way to it."""

    SENDING = "sending"
    WORKING = "working"
    WAITING = "waiting"
    RECONNECTING = "reconnecting"
    FETCHING = "fetching"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an edit is; `pictures` are the results stored so far, in the service's order.

    `sent` tells whether the service may have begun to work on it. `wait_seconds` is how long it still waits before
    it sends again, None unless it pauses. `position` is its place in the queue, 1 being the next, None once its turn
    has come.
    """

    phase: Phase
    requested: int
    pictures: tuple[ResultPicture, ...] = ()
    wait_seconds: float | None = None
    sent: bool = False
    position: int | None = None

    @property
    def pauses(self) -> bool:
        """Whether it was not taken, and is sent again after a while."""
        return self.wait_seconds is not None
