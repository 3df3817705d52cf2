"""The form as a tab left it: the browser keeps it for as long as the tab lives, and says it again after a reload."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final, Self

from gradio.utils import get_upload_folder
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from client import ImageEditError, Settings
from client.catalog import SEED_MAX
from client.edits.history import History
from client.models import MODEL_NAME_LIMIT
from ui import sizes
from ui.examples import FOLDER
from ui.layout import NUMBERS
from ui.region import MOST_CHARACTERS

MOST: Final = 450_000  # characters of all of it
Text = Annotated[str, Field(max_length=20_000)]
Side = Annotated[int, Field(ge=1, le=10_000)]


class Draft(BaseModel):
    """What was filled in, named as the components are; `pictures` are paths, and `shown` is the edit on the stage."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pictures: Annotated[tuple[Text | None, ...], Field(max_length=len(NUMBERS))] = ()
    urls: Annotated[tuple[Text | None, ...], Field(max_length=len(NUMBERS))] = ()
    negative: Text = ""
    model: Annotated[str, Field(max_length=MODEL_NAME_LIMIT)] = ""
    n: Annotated[int, Field(ge=1, le=6)] = 1
    size: str = sizes.AUTO
    width: Side = 1024
    height: Side = 1024
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] | None = None
    prompt_extend: bool = True
    watermark: bool = False
    region: Annotated[str, Field(max_length=MOST_CHARACTERS)] = ""
    shown: Annotated[str, Field(max_length=100)] = ""

    @classmethod
    def read(cls, kept: object) -> Self | None:
        """Read what the browser says; None where it says nothing of use."""
        if not isinstance(kept, str) or not kept or len(kept) > MOST:
            return None
        try:
            draft = cls.model_validate_json(kept)
        except ValidationError:
            return None
        return draft if draft.model and draft.size in sizes.CHOICES else None

    async def own_pictures(self, visitor: str, history: History, settings: Settings) -> list[str | None]:
        """Return the files for the slots: those that are there and that this visitor may see, None for the rest."""
        found = [await _own(path, visitor, history, settings) if path else None for path in self.pictures]
        return [*found, *(None for _ in NUMBERS)][: len(NUMBERS)]

    def values(self, pictures: list[str | None]) -> dict[str, Any]:
        """Return the values of a `Form`, but for its prompt."""
        urls = [*self.urls, *("" for _ in NUMBERS)]
        slots = {f"picture_{number}": pictures[number - 1] for number in NUMBERS}
        links = {f"url_{number}": "" if pictures[number - 1] else urls[number - 1] or "" for number in NUMBERS}
        return {**slots, **links, **self.model_dump(exclude={"pictures", "urls", "shown"})}


async def _own(named: str, visitor: str, history: History, settings: Settings) -> str | None:
    try:
        path, kept = await asyncio.to_thread(_found, named, settings)
        return str(path) if path and (not kept or await history.owns(visitor, path)) else None
    except (OSError, ValueError, ImageEditError):
        return None


def _found(named: str, settings: Settings) -> tuple[Path | None, bool]:
    """Return a file that may lie in a slot, None for any other, and whether it is one of the history's."""
    path = Path(named).resolve(strict=True)
    if not path.is_file():
        return None, True
    # Only who has an upload can name it, by what is in it.
    if path.is_relative_to(Path(get_upload_folder()).resolve()) or path.is_relative_to(FOLDER):
        return path, False
    return (path if any(path.is_relative_to(folder.resolve()) for folder in settings.picture_dirs) else None), True
