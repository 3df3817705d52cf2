"""A downloaded PNG carries how it was made, so that it can be gone on from wherever it turns up again.

Two texts stand beside its pixels, which are as the service sent them. `Qwen Edit Studio` is JSON, as described by
`Project`; `Description` is the prompt, for programs that show such a text. No key and no visitor's name is in them.
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from client import Entry, KeptPicture
from client.catalog import SEED_MAX
from client.models import MODEL_NAME_LIMIT
from client.pictures.texts import texts_in, with_texts
from ui.watchlist import host_of

KEYWORD: Final = "Qwen Edit Studio"
THUMBNAIL_BYTES: Final = 60_000
MOST_ROUNDS: Final = 60
# What other programs call the text that says how a picture was made.
FOREIGN: Final = {"parameters": "AUTOMATIC1111", "prompt": "ComfyUI", "workflow": "ComfyUI"}
FOREIGN_SHOWN: Final = 20_000  # characters

Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=200)]


class SentPicture(BaseModel):
    """A picture that was sent: the name of its file without the ending, pixels, and a small WebP in base64."""

    model_config = ConfigDict(frozen=True)

    name: Short = ""
    width: int = 0
    height: int = 0
    sha256: Short = ""
    thumbnail: Annotated[str, Field(max_length=2 * THUMBNAIL_BYTES, pattern="^[A-Za-z0-9+/=]*$")] = ""


class EarlierRound(BaseModel):
    """A round that came before, or this one."""

    model_config = ConfigDict(frozen=True)

    round: Annotated[int, Field(ge=1)]
    prompt: Text
    model: Short
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] | None


class Project(BaseModel):
    """How a picture was made: everything that was asked, what the model read, and what it was made of.

    `edit` is the edit's id where it was made, `place` counts its results from 0, `size` is `auto` or `W*H`, `made` is
    ISO 8601 in UTC, `rounds` leads from the first round to this one.
    """

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    edit: Short = ""
    place: Annotated[int, Field(ge=0, lt=100)] = 0
    made: Short = ""
    service: Short = ""
    prompt: Text
    revised_prompt: Text | None = None
    negative_prompt: Text = ""
    model: Annotated[str, Field(max_length=MODEL_NAME_LIMIT)]
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] | None = None
    n: Annotated[int, Field(ge=1, le=6)] = 1
    size: Annotated[str, Field(pattern=r"^(auto|[1-9][0-9]{0,4}\*[1-9][0-9]{0,4})$")] = "auto"
    prompt_extend: bool = True
    watermark: bool = False
    pictures: Annotated[tuple[SentPicture, ...], Field(max_length=9)] = ()
    rounds: Annotated[tuple[EarlierRound, ...], Field(max_length=MOST_ROUNDS)] = ()

    @classmethod
    def of(cls, entry: Entry, place: int, line: Sequence[Entry]) -> "Project":
        """Describe a result of an edit; `line` leads to it. Reads thumbnails, so call it in a thread."""
        request, result = entry.request, entry.result
        rounds = [
            EarlierRound(round=one.round, prompt=one.request.prompt, model=one.request.model, seed=one.request.seed)
            for one in line[-MOST_ROUNDS:]
        ]
        return cls(
            edit=entry.id,
            place=place,
            made=datetime.fromtimestamp(entry.created, UTC).isoformat(timespec="seconds"),
            service="offline" if entry.offline else host_of(entry),
            prompt=request.prompt,
            revised_prompt=result.revised_prompt if result else None,
            negative_prompt=request.negative_prompt,
            model=request.model,
            seed=result.seed if result else request.seed,
            n=request.n,
            size=request.size,
            prompt_extend=request.prompt_extend,
            watermark=request.watermark,
            pictures=tuple(_sent(one) for one in entry.pictures),
            rounds=tuple(rounds),
        )

    def written_into(self, path: Path) -> bytes:
        """Return the PNG file at `path` with this in it; raises InvalidImageError where it is no PNG."""
        return with_texts(path, {KEYWORD: self.model_dump_json(), "Description": self.prompt})


class Foreign(BaseModel):
    """What another program wrote into a PNG about how it was made, to be read by a person."""

    program: str
    text: str


def read_project(path: Path) -> Project | Foreign | None:
    """Return how a file says that it was made; None where it says nothing of use. Call it in a thread."""
    texts = texts_in(path)
    if KEYWORD in texts:
        try:
            return Project.model_validate_json(texts[KEYWORD])
        except ValidationError:
            return None
    for keyword, program in FOREIGN.items():
        if texts.get(keyword, "").strip():
            return Foreign(program=program, text=texts[keyword][:FOREIGN_SHOWN])
    return None


def _sent(picture: KeptPicture | str) -> SentPicture:
    """Describe a picture that was sent; of a link only that there was one, since it may hold a password."""
    if isinstance(picture, str):
        return SentPicture()
    small = b""
    if picture.thumbnail and picture.thumbnail.is_file() and picture.thumbnail.stat().st_size <= THUMBNAIL_BYTES:
        small = picture.thumbnail.read_bytes()
    return SentPicture(
        name=picture.name[:200],
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        thumbnail=base64.b64encode(small).decode(),
    )
