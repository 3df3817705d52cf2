"""What came of one picture: its rounds as far as the one on the stage, what came after, and what else was tried."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client import Entry, KeptPicture
from client.edits.target import usable

BESIDE: Final = 4
NAME_LIMIT: Final = 50  # characters of a file's name: what it is made longer by must fit as well
UNSAFE: Final = re.compile(r"[^\w .-]+")
SUFFIXES: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
# From here on what the model makes of its own results is visibly coarser, and starting anew is worth a word.
LATE_ROUND: Final = 3


@dataclass(frozen=True, slots=True)
class Round:
    """One edit of the strip: how many came before it, what was asked, and its result, as small as there is one."""

    id: str
    number: int
    prompt: str
    picture: Path


@dataclass(frozen=True, slots=True)
class Lineage:
    """The rounds of one picture as the strip under the stage has them.

    `first` is the edit that sent the original; that is small in `original`, whole in `source`. `here` is the one on the
    stage, empty while the original is. `line` leads from the first round through `here` to the newest that came of it,
    `beside` was made of the same as `here`, newest first. `files` are those by which a slot shows that it is still
    about this picture. `instructions` are all prompts up to a late round, where each of them concerned one picture
    only.
    """

    first: str
    here: str
    original: Path
    source: Path
    size: tuple[int, int]
    line: tuple[Round, ...]
    beside: tuple[Round, ...]
    files: frozenset[Path]
    instructions: str = ""

    @property
    def parent(self) -> int:
        """The round that `here` went on from, 0 for the original."""
        return next((one.number for one in self.line if one.id == self.here), 1) - 1

    @classmethod
    def of(cls, family: Sequence[Entry], here: str) -> "Lineage | None":
        """Put the edits that came of one picture in order around `here`; None where the picture is not there."""
        known = {entry.id: entry for entry in family if entry.results}
        if here not in known:
            return None
        line = line_to(known[here], known)
        original, target = next(iter(line[0].pictures), None), line[0].target
        if target and target.box and target.place == 0:
            original = target.original
        if not isinstance(original, KeptPicture) or not original.path.is_file():
            return None
        place = len(line)
        while after := [entry for entry in known.values() if entry.parent and entry.parent.edit == line[-1].id]:
            line.append(max(after, key=lambda entry: entry.created))
        beside = [entry for entry in known.values() if _parent(entry) == _parent(known[here]) and entry not in line]
        made = [result.path for entry in family for result in entry.results]
        made += [one.picture.path for entry in family for one in entry.pasted if one]
        made += [entry.target.original.path for entry in family if entry.target]
        sent = [one.path for entry in family for one in entry.pictures[:1] if isinstance(one, KeptPicture)]
        return cls(
            first=line[0].id,
            here=here,
            original=original.thumbnail or original.path,
            source=original.path,
            size=(original.width, original.height),
            line=tuple(_round(entry, after) for entry, after in zip(line, [*line[1:], None], strict=True)),
            beside=tuple(_round(entry) for entry in beside[: -BESIDE - 1 : -1]),
            files=frozenset([*made, *sent]),
            instructions=_instructions(line[:place]),
        )


def line_to(entry: Entry, known: Mapping[str, Entry]) -> list[Entry]:
    """Return the edits that led to this one, the first coming first, as far as they are `known` by their ids."""
    line = [entry]
    while (before := known.get(_parent(line[0]))) is not None:
        line.insert(0, before)
    return line


def _parent(entry: Entry) -> str:
    return entry.parent.edit if entry.parent else ""


def _round(entry: Entry, after: Entry | None = None) -> Round:
    """Show of an edit the result that `after` went on from, else its first one."""
    place = after.parent.place if after and after.parent and after.parent.place < len(entry.results) else 0
    made = usable(entry.pasted, entry.target, place)
    small, large = (made.thumbnail, made.picture) if made else (entry.thumbnails[place], entry.results[place])
    picture = small or large.path
    return Round(entry.id, entry.round, entry.request.prompt, picture)


def _instructions(line: Sequence[Entry]) -> str:
    if len(line) != LATE_ROUND or any(len(entry.pictures) > 1 for entry in line[1:]):
        return ""
    return "\n".join(dict.fromkeys(entry.request.prompt.strip() for entry in line))


def file_stem(entry: Entry) -> str:
    """Return what files of an edit are called: after the file that it began with, and its round."""
    first = next(iter(entry.pictures), None)
    name = UNSAFE.sub("-", first.name if isinstance(first, KeptPicture) else "").strip(" .-")[:NAME_LIMIT].strip(" .-")
    return f"{name or 'edit'}-r{entry.round}"


def file_name(stem: str, place: int, mime: str) -> str:
    """Return what the result at `place`, counted from 0, is called when it is downloaded."""
    return f"{stem}-{place + 1}.{SUFFIXES.get(mime, 'png')}"
