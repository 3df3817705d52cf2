"""Pasting back for programs that serve others: in a process of its own, off the event loop, one at a time."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, TypeVar

from client.pictures.crop import Box, paste_into_crop
from client.pictures.isolate import IsolatedWorkers
from client.pictures.openraster import Layer, open_raster
from client.pictures.paste_back import Differences, Fitted, PasteBack, difference_map, fit_to_original, paste_back

# 40 megapixels take a tenth of this on a slow machine that does nothing else; the page's visitors come first.
SECONDS: Final = 120
# More threads than this hardly make it faster, and those who look at the page want some of the machine too.
THREADS: Final = 2

Answer = TypeVar("Answer")


class Pasting:
    """Does what `paste_back`, `fit_to_original` and `difference_map` do, and returns and raises the same.

    Each call runs in a process that ends with it: pictures of strangers are read where no keys are, the memory comes
    back, and the limits on threads touch nobody else. A picture that takes too much time or memory there raises
    InvalidImageError. Calls wait for each other.
    """

    @cached_property
    def _workers(self) -> IsolatedWorkers:
        # Made when the first picture is put back: a program that only edits needs no other process.
        return IsolatedWorkers(at_once=1, seconds=SECONDS)

    async def paste_back(self, original: bytes, result: bytes, mask: bytes, **switches: bool) -> PasteBack:
        """Return what the function `paste_back` returns."""
        files = original, result, mask
        return await self._workers.run(_limited, paste_back, files, switches, returns={Fitted, PasteBack})

    async def paste_into_crop(
        self, original: bytes, result: bytes, mask: bytes, box: Box, **switches: bool
    ) -> PasteBack:
        """Return what the function `paste_into_crop` returns."""
        files = original, result, mask, box
        return await self._workers.run(_limited, paste_into_crop, files, switches, returns={Fitted, PasteBack})

    async def open_raster(self, layers: Sequence[Layer]) -> bytes:
        """Return what the function `open_raster` returns."""
        return await self._workers.run(_limited, open_raster, (tuple(layers),), {})

    async def fit_to_original(self, original: bytes, result: bytes) -> Fitted:
        """Return what the function `fit_to_original` returns."""
        return await self._workers.run(_limited, fit_to_original, (original, result), {}, returns={Fitted})

    async def laid_over(self, original: bytes, result: bytes, side: int) -> bytes | None:
        """Return a result as it lies over the original, to be looked at: a PNG whose longer side is at most `side` px.

        None where the two cannot be registered.
        """
        return await self._workers.run(_limited, _laid_over, (original, result, side), {})

    async def difference_map(self, original: bytes, result: bytes, mask: bytes | None = None) -> Differences:
        """Return what the function `difference_map` returns."""
        return await self._workers.run(_limited, difference_map, (original, result, mask), {}, returns={Differences})


def _laid_over(original: bytes, result: bytes, side: int) -> bytes | None:
    from client.pictures.composition import laid_over  # noqa: PLC0415 - OpenCV, see paste_back.py

    return laid_over(original, result, side)


def _limited(function: Callable[..., Answer], pictures: tuple[object, ...], switches: dict[str, bool]) -> Answer:
    """Call `function` with few threads; those of NumPy are limited by the environment of the workers."""
    import cv2  # noqa: PLC0415 - this runs in the worker: the process that asks for it needs no OpenCV

    cv2.setNumThreads(THREADS)
    return function(*pictures, **switches)
