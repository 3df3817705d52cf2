"""The directories of tagged values that TIFF files are made of, and EXIF and MPF blocks inside other formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from client.errors import InvalidImageError
from client.pictures.picture import UPRIGHT, damaged, too_hard
from client.pictures.source import Source

SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
WHOLE: Final = frozenset({1, 3, 4, 13, 16, 18})
FEW: Final = 64
MOST_ENTRIES: Final = 4096  # of one directory; a scan has some twenty, a page of a microscope some sixty

ORIENTATION: Final = 274
# Orientation, resolution and the place of colour samples tell nothing about anybody.
HARMLESS: Final = frozenset({ORIENTATION, 282, 283, 296, 531})


class Field(NamedTuple):
    """One entry of a directory: its type, how many values it has, and where they stand."""

    kind: int
    many: int
    where: int

    @property
    def size(self) -> int:
        """The bytes of all values."""
        return self.many * SIZES[self.kind]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a block writes its numbers: byte order, and the 8-byte counts and offsets of BigTIFF."""

    little: bool
    large: bool

    @property
    def wide(self) -> int:
        """The bytes in an offset, and in the number of values of an entry."""
        return 8 if self.large else 4

    @property
    def counter(self) -> int:
        """The bytes in the number of entries."""
        return 8 if self.large else 2

    def unpack(self, piece: bytes) -> int:
        """Return the number that `piece` holds."""
        return int.from_bytes(piece, "little" if self.little else "big")


@dataclass(frozen=True, slots=True)
class Directory:
    """The fields whose values lie inside the file, the tags of others, and where the next directory is (0: none)."""

    source: Source
    dialect: Dialect
    start: int
    entries: int
    fields: Mapping[int, Field]
    lost: frozenset[int]
    next: int

    def numbers(self, tag: int, most: int = FEW) -> tuple[int, ...]:
        """Return at most `most` whole-number values of `tag`, none where it is absent or of another type."""
        field = self.fields.get(tag)
        if field is None or field.kind not in WHOLE:
            return ()
        size = SIZES[field.kind]
        values = self.source.at(field.where, min(field.many, most) * size)
        return tuple(self.dialect.unpack(values[i : i + size]) for i in range(0, len(values), size))

    def number(self, tag: int, default: int) -> int:
        """Return the value of `tag`, or `default`."""
        return next(iter(self.numbers(tag)), default)


def first_directory(source: Source) -> Directory:
    """Return the first directory of a block; raise InvalidImageError where there is none."""
    order = source.at(0, 2)
    if order not in {b"II", b"MM"}:
        raise damaged()
    little = order == b"II"
    large = source.number(2, 2, little=little) == 43  # noqa: PLR2004 - the version number of BigTIFF
    start = source.number(8, 8, little=little) if large else source.number(4, 4, little=little)
    return directory_at(source, start, Dialect(little, large))


def directory_at(source: Source, start: int, dialect: Dialect) -> Directory:
    """Return the directory at `start`; raise InvalidImageError where the file ends inside it or it is far too long."""
    count = dialect.unpack(source.at(start, dialect.counter))
    if count > MOST_ENTRIES:
        raise too_hard()
    first = start + dialect.counter
    size = 4 + 2 * dialect.wide
    table = source.at(first, count * size)
    written = [_field(table[here : here + size], first + here, dialect) for here in range(0, len(table), size)]
    fields = {tag: field for tag, field in written if field.kind in SIZES and field.where + field.size <= source.size}
    lost = frozenset(tag for tag, _ in written if tag not in fields)
    following = source.upto(first + len(table), dialect.wide)
    return Directory(source, dialect, start, count, fields, lost, dialect.unpack(following))


def _field(entry: bytes, start: int, dialect: Dialect) -> tuple[int, Field]:
    values = 4 + dialect.wide
    kind = dialect.unpack(entry[2:4])
    count = dialect.unpack(entry[4:values])
    inside = count * SIZES.get(kind, 1) <= dialect.wide
    return dialect.unpack(entry[:2]), Field(kind, count, start + values if inside else dialect.unpack(entry[values:]))


def orientation_and_privacy(exif: bytes) -> tuple[int, bool]:
    """Return the orientation (1..8) that EXIF bytes ask for, and whether they tell anything private."""
    block = exif.removeprefix(b"Exif\0\0")
    if not block.strip(b"\0"):
        return UPRIGHT, False
    try:
        directory = first_directory(Source.of(block))
        orientation = valid_orientation(directory)
    except InvalidImageError:
        return UPRIGHT, True
    # A second directory holds a thumbnail, which may show what was cropped away.
    return orientation, directory.next != 0 or not directory.fields.keys() <= HARMLESS


def valid_orientation(directory: Directory) -> int:
    """Return the orientation in `directory` when it is one of the eight, otherwise upright."""
    value = directory.number(ORIENTATION, UPRIGHT)
    return value if value in range(1, 9) else UPRIGHT
