"""How fast and how lean `prepare_picture` is against the naive way: open, transpose, shrink, save.

Run by hand from the root of the repository: `python tests/bench/bench_pictures.py`. Every measurement is a process of
its own, so that its peak memory is its own; the time is the best of several, and the memory is what the work adds to a
process that has everything imported.
"""

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

ROOT = Path(__file__).parents[2]
TIMES = 9
KILOBYTE = 1024
MEGABYTE = 1_000_000
SIDEWAYS = 6


class Photograph(NamedTuple):
    """What is drawn: its size, its weight in bytes, and whether the camera was held sideways."""

    name: str
    width: int
    height: int
    weight: int
    orientation: int = 1


PHOTOGRAPHS = (
    Photograph("3 MB", 3072, 2304, 3 * MEGABYTE),
    Photograph("9 MB", 3072, 2304, 9 * MEGABYTE),
    Photograph("24 MP, 8 MB", 6000, 4000, 8 * MEGABYTE),
    Photograph("24 MP, 20 MB", 6000, 4000, 20 * MEGABYTE),
    Photograph("12 MP, sideways", 4032, 3024, 4 * MEGABYTE, SIDEWAYS),
)


def draw(photograph: Photograph) -> bytes:
    """Return a JPEG of gradients, waves and grain, with as much grain as its weight needs."""
    width, height = photograph.width, photograph.height
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    scene = np.stack([x / width, y / height, (x + y) / (width + height)], -1) * 170 + 40
    scene += 25 * np.sin(x / 41)[..., None] * np.cos(y / 29)[..., None]
    grain = rng.standard_normal((height, width, 3), dtype=np.float32)
    exif = Image.Exif()
    exif[0x0112] = photograph.orientation
    low, high = 0.0, 150.0
    content = b""
    for _ in range(9):
        middle = (low + high) / 2
        image = Image.fromarray((scene + grain * middle).clip(0, 255).astype(np.uint8))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=95, exif=exif)
        if buffer.tell() <= photograph.weight:
            low, content = middle, buffer.getvalue()
        else:
            high = middle
    return content


def naive(path: Path) -> int:
    """Do what most programs do, and return how many bytes come out."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((3072, 3072))
        buffer = io.BytesIO()
        upright.save(buffer, "JPEG", quality=95)
    return len(buffer.getvalue())


def ours(path: Path) -> int:
    """Prepare the picture, and return how many bytes come out."""
    from client.pictures import prepare_picture  # noqa: PLC0415 - the naive way must not pay for the import

    return len(prepare_picture(path).data)


def peak() -> int:
    """Return the most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE


def measure(way: str, path: Path) -> None:
    """Print the best time, the peak memory that the first run adds and the bytes that come out, as JSON."""
    work = {"naive": naive, "ours": ours}[way]
    work(path.with_name("small.jpg"))
    before = peak()
    weight = work(path)
    added = peak() - before
    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work(path)
        times.append(time.perf_counter() - start)
    sys.stdout.write(json.dumps({"seconds": min(times), "memory": added, "weight": weight}))


def apart(*arguments: str) -> str:
    """Run this file with `arguments` in a process of its own and return what it prints."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})  # noqa: S603 - ourselves
    return done.stdout.decode()


def main() -> None:
    """Draw the photographs, measure both ways, print a table."""
    sys.stdout.write("photograph       file MB  naive ms  ours ms  ratio  naive +MB  ours +MB  ours/file  sent MB\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photograph.jpg"
        Image.new("RGB", (64, 64)).save(path.with_name("small.jpg"))
        for number, photograph in enumerate(PHOTOGRAPHS):
            apart("draw", str(path), str(number))
            weight = path.stat().st_size
            plain, prepared = (json.loads(apart(way, str(path))) for way in ("naive", "ours"))
            sys.stdout.write(
                f"{photograph.name:16}{weight / MEGABYTE:8.1f}{plain['seconds'] * 1000:10.0f}"
                f"{prepared['seconds'] * 1000:9.1f}{plain['seconds'] / prepared['seconds']:7.1f}"
                f"{plain['memory'] / MEGABYTE:11.0f}{prepared['memory'] / MEGABYTE:10.0f}"
                f"{prepared['memory'] / weight:11.1f}{prepared['weight'] / MEGABYTE:9.1f}\n"
            )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "draw":
        Path(sys.argv[2]).write_bytes(draw(PHOTOGRAPHS[int(sys.argv[3])]))
    else:
        measure(sys.argv[1], Path(sys.argv[2]))
