"""What can be taken away of an edit: a result with its settings in it, a clean copy, or all results in an archive."""

import asyncio
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from client import Edits, Entry, InvalidImageError, KeptPicture, ResultPicture
from client.edits.history import History
from client.edits.target import Target, usable
from client.pictures.openraster import Layer
from ui.lineage import file_name, file_stem, line_to
from ui.previews import keep_made, new_path
from ui.project import Project
from ui.words import say

PNG = "image/png"


async def with_settings(history: History, entry: Entry, place: int, *, whole: bool = False) -> Path:
    """Write a result under a name of its own, with how it was made in it where it is a PNG; raises OSError.

    Its pixels, and whatever the service wrote beside them, are as they came; without `whole` they are those of the
    result as it was put back into its original, where it was.
    """
    family = {one.id: one for one in await history.family(entry.visitor, entry.id)}
    picture = picture_of(entry, place, whole=whole)
    return await asyncio.to_thread(_write_with_settings, entry, place, picture, line_to(entry, family))


async def clean(entry: Entry, place: int, *, whole: bool = False) -> Path:
    """Copy a result byte for byte, under a name of its own; `whole` is as above, and so is what it raises."""
    picture = picture_of(entry, place, whole=whole)
    return await asyncio.to_thread(_copy, picture, _name(entry, place, picture, "-clean"))


def picture_of(entry: Entry, place: int, *, whole: bool) -> ResultPicture:
    """Return the picture that stands for the result at `place`."""
    made = None if whole else usable(entry.pasted, entry.target, place)
    return made.picture if made else entry.results[place]


async def archive(entry: Entry) -> tuple[Path | None, int]:
    """Pack all results that are still there byte for byte, and say how many are not; None where all are gone."""
    return await asyncio.to_thread(_pack, entry)


async def layers(edits: Edits, entry: Entry, language: str) -> Path | None:
    """Write the original, all results and the mask as layers of one file; None where there is nothing to lay over.

    Raises OSError, and InvalidImageError for what cannot be read.
    """
    if entry.target is None:
        return None
    content = await edits.pastes.layers(await asyncio.to_thread(_layers_of, entry, entry.target, language))
    return await asyncio.to_thread(keep_made, f"{file_stem(entry)}.ora", content)


def _layers_of(entry: Entry, target: Target, language: str) -> list[Layer]:
    found: list[Layer] = []
    for place, result in enumerate(entry.results):
        name, made = say(language, "result.name", number=place + 1), usable(entry.pasted, target, place)
        if made:
            found.append(Layer(name, made.picture.path.read_bytes(), shown=not found))
        whole = f"{name}{say(language, 'list.comma')}{say(language, 'look.whole')}"
        found.append(Layer(whole, result.path.read_bytes(), shown=not found))
    if isinstance(target.mask, KeptPicture):
        found.append(Layer(say(language, "section.region"), target.mask.path.read_bytes(), shown=False))
    return [*found, Layer(say(language, "look.original"), target.original.path.read_bytes())]


def _name(entry: Entry, place: int, picture: ResultPicture, more: str = "") -> str:
    """Name a file; where there are two of one result, all of it is called so."""
    two = usable(entry.pasted, entry.target, place) is not None
    full = "-full" if two and picture == entry.results[place] else ""
    return file_name(f"{file_stem(entry)}{full}{more}", place, picture.mime)


def _write_with_settings(entry: Entry, place: int, result: ResultPicture, line: Sequence[Entry]) -> Path:
    name = _name(entry, place, result)
    if result.mime != PNG:
        return _copy(result, name)
    try:
        content = Project.of(entry, place, line).written_into(result.path)
    except InvalidImageError:
        # It is gone, or no browser would mind what is wrong with it: whoever paid for it gets it as it is.
        return _copy(result, name)
    path = new_path(name)
    path.write_bytes(content)
    return path


def _copy(result: ResultPicture, name: str) -> Path:
    path = new_path(name)
    try:
        shutil.copyfile(result.path, path)
    except OSError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    return path


def _pack(entry: Entry) -> tuple[Path | None, int]:
    """Pack pictures, of which PNG does not get smaller by packing; where nothing is packed, nothing is left."""
    path, gone = new_path(f"{file_stem(entry)}.zip"), 0
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
            for place, result in enumerate(entry.results):
                for picture in dict.fromkeys([picture_of(entry, place, whole=False), result]):
                    try:
                        packed.write(picture.path, _name(entry, place, picture))
                    except FileNotFoundError:
                        gone += picture == result
    except OSError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    if gone == len(entry.results):
        shutil.rmtree(path.parent, ignore_errors=True)
        return None, gone
    return path, gone
