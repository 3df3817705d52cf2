"""What can be taken away of an edit: a result with its settings in it, a clean copy, or all results in an archive."""

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from gradio.utils import get_upload_folder

from client import Entry, InvalidImageError, ResultPicture
from client.edits.history import History
from ui.lineage import file_name, file_stem, line_to
from ui.project import Project

PNG = "image/png"


async def with_settings(history: History, entry: Entry, place: int) -> Path:
    """Write a result under a name of its own, with how it was made in it where it is a PNG; raises OSError.

    Its pixels, and whatever the service wrote beside them, are as they came.
    """
    family = {one.id: one for one in await history.family(entry.visitor, entry.id)}
    return await asyncio.to_thread(_write_with_settings, entry, place, line_to(entry, family))


async def clean(entry: Entry, place: int) -> Path:
    """Copy a result byte for byte, under a name of its own; raises OSError."""
    return await asyncio.to_thread(_copy, entry.results[place], _name(entry, place, "-clean"))


async def archive(entry: Entry) -> tuple[Path | None, int]:
    """Pack all results that are still there byte for byte, and say how many are not; None where all are gone."""
    return await asyncio.to_thread(_pack, entry)


def _name(entry: Entry, place: int, more: str = "") -> str:
    return file_name(file_stem(entry) + more, place, entry.results[place].mime)


def _write_with_settings(entry: Entry, place: int, line: Sequence[Entry]) -> Path:
    result, name = entry.results[place], _name(entry, place)
    if result.mime != PNG:
        return _copy(result, name)
    try:
        content = Project.of(entry, place, line).written_into(result.path)
    except InvalidImageError:
        # It is gone, or no browser would mind what is wrong with it: whoever paid for it gets it as it is.
        return _copy(result, name)
    path = _new_path(name)
    path.write_bytes(content)
    return path


def _copy(result: ResultPicture, name: str) -> Path:
    path = _new_path(name)
    try:
        shutil.copyfile(result.path, path)
    except OSError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    return path


def _pack(entry: Entry) -> tuple[Path | None, int]:
    """Pack pictures, of which PNG does not get smaller by packing; where nothing is packed, nothing is left."""
    path, gone = _new_path(f"{file_stem(entry)}.zip"), 0
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
            for place, result in enumerate(entry.results):
                try:
                    packed.write(result.path, _name(entry, place))
                except FileNotFoundError:
                    gone += 1
    except OSError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    if gone == len(entry.results):
        shutil.rmtree(path.parent, ignore_errors=True)
        return None, gone
    return path, gone


def _new_path(name: str) -> Path:
    """Return a path for a file that the page serves and Gradio deletes later, in a folder that cannot be guessed."""
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder)) / name
