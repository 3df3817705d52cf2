"""The files that belong to the journal: pictures by their content, long answers, thumbnails. For any thread."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client.edits.journal.writing import Shelved
from client.pictures import Picture
from client.service.storage import MADE_UP_NAME, made_up_name, write_file
from client.settings import PICTURES, THUMBNAILS

ANSWERS: Final = "answers"
# Results may lie there that no journal ever knew of: these are left alone.
_OWN: Final = (PICTURES, ANSWERS, THUMBNAILS)
# A person may choose a folder in which they have pictures of their own.
_NAME: Final = re.compile(rf"{MADE_UP_NAME}(\.[a-z]+)?(\.part)?")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Writes files under names that nobody can guess; every method may raise OSError."""

    home: Path

    def write(self, folder: str, content: bytes, suffix: str = "") -> str:
        """Write a file that is on the disk before this returns; returns its name inside the home folder."""
        name = f"{folder}/{made_up_name()}{suffix}"
        write_file(self.home / name, content)
        return name

    def put(
        self, pictures: Sequence[Picture | str], digests: Sequence[str], known: Collection[str]
    ) -> list[Shelved | str]:
        """Write the pictures that are not `known`, each content once, and return all as the journal takes them."""
        there = set(known)
        shelved: list[Shelved | str] = []
        for picture, digest in zip(pictures, digests, strict=True):
            if isinstance(picture, str):
                shelved.append(picture)
                continue
            suffix = "." + picture.mime.rpartition("/")[2].replace("jpeg", "jpg")
            file = None if digest in there else self.write(PICTURES, picture.data, suffix)
            there.add(digest)
            shelved.append(Shelved(picture, digest, file))
        return shelved

    def files(self) -> set[str]:
        """Return the names of all files that were written here, or begun; those of others are not ours to touch."""
        folders = [folder for folder in _OWN if (self.home / folder).is_dir()]
        found = ((folder, path.name) for folder in folders for path in (self.home / folder).iterdir())
        return {f"{folder}/{name}" for folder, name in found if _NAME.fullmatch(name)}


def digest(picture: Picture | str) -> str:
    """Return the SHA-256 of a picture's bytes, nothing for a link."""
    return "" if isinstance(picture, str) else hashlib.sha256(picture.data).hexdigest()
