"""Changes only what was painted: the rest of the original stays bit for bit, the region comes from the answer.

Everything here takes and returns picture files. One call keeps two processor cores busy for seconds and takes some
hundreds of megabytes: programs that serve others go through `Pasting`, where calls wait for each other. NumPy's threads
and OpenCV's get in each other's way: a process that has `OPENBLAS_NUM_THREADS=1` in its environment before it imports
NumPy needs a third less processor time for the same work.
"""

from dataclasses import dataclass, field

Homography = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A result at the original's size, as PNG, and how sure it is that the two show the same scene (0..1).

    Unless `accepted`, the result could not be registered and `image` is all of it, merely resized. `transform` maps
    places in the original to places in the result, both in px counted from the middle of the first pixel; it is the
    homography that is nearest to what was really done.
    """

    image: bytes = field(repr=False)
    confidence: float
    accepted: bool
    transform: Homography


@dataclass(frozen=True, slots=True)
class PasteBack(Fitted):
    """The original with its region from the result; unless `accepted`, the whole result at the original's size.

    `outside_change` is the share (0..1) of the change along the painted edge that lies outside of it: above a quarter,
    the region was painted too small for the change or its shadow.
    """

    outside_change: float


@dataclass(frozen=True, slots=True)
class Differences:
    """Where two pictures differ: a PNG with alpha that is laid over them, and the shares (0..1) of pixels that do.

    `registered` tells whether the second picture was laid over the first before they were compared. `outside` and
    `inside` are shares of what is not painted and of what is; without a mask all counts as outside.
    """

    image: bytes = field(repr=False)
    outside: float
    inside: float
    registered: bool


def paste_back(  # noqa: PLR0913 - what a person can switch is a word each
    original: bytes,
    result: bytes,
    mask: bytes,
    *,
    inverted: bool = False,
    feather: bool = True,
    match_tone: bool = True,
) -> PasteBack:
    """Return `original` with only what `mask` paints taken from `result`, or with `inverted` all but that.

    The mask is white where the change belongs and has the original's upright size in px. The picture keeps that size,
    its depth (of a PNG 8 or 16 bits), alpha and colour profile, and every pixel that is not painted. Without `feather`
    the region ends in a hard edge, without `match_tone` it keeps the result's colours. Of a region at the border of the
    picture, a tenth may lie beyond what the result shows: there it is mirrored. Raises InvalidImageError for a picture
    that cannot be read and for a mask that cannot be used.
    """
    from client.pictures.composition import composed_back  # noqa: PLC0415 - OpenCV: a fifth of a second and 40 MB

    return composed_back(original, result, mask, inverted=inverted, feather=feather, match_tone=match_tone)


def fit_to_original(original: bytes, result: bytes) -> Fitted:
    """Return all of `result` at the exact upright size of `original`, laid over it where the two can be registered.

    Its pixels are computed once, straight from the result. What a registered result does not show, because it was
    shifted or zoomed, comes from the original. The picture is sRGB of 8 bits without alpha. Raises InvalidImageError
    for a picture that cannot be read.
    """
    from client.pictures.composition import fitted  # noqa: PLC0415 - as above

    return fitted(original, result)


def difference_map(original: bytes, result: bytes, mask: bytes | None = None) -> Differences:
    """Return where `result` differs from `original`, at the original's upright size.

    A result that copies most of its pixels, as `paste_back` does, is compared exactly; any other is first laid over
    the original, and only what can be seen then counts. The mask is as for `paste_back`. Raises InvalidImageError for
    a picture that cannot be read and for a mask that cannot be used.
    """
    from client.pictures.composition import compared  # noqa: PLC0415 - as above

    return compared(original, result, mask)
