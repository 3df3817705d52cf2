"""How well the rest of a picture is left alone: registering and pasting back, against what else could be done.

`python tests/bench/fidelity.py` damages photographs the way people report it of edited pictures, and takes the painted
region from each answer in four ways. The first half of the cases is what `client/pictures/` was tuned on; the second,
other photographs and another seed, was looked at when all was done. `--quick` takes few cases, `--half first` leaves
the second unseen, `--photographs FOLDER` damages other photographs. Lengths are px at a megapixel.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import gradio
import numpy as np
from apparatus.damage import Bytes, damaged, grid, kept, restyled, unrelated
from apparatus.fidelity_tables import Kept, Outcome, gate_lines, kept_lines, registration_table, seam_table, within
from apparatus.pasting import WAYS, composed, pasted, png, score, there_by_homography, there_by_us
from apparatus.programs import load
from PIL import Image

from client import paste_back

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "assets" / "examples"
GRADIO = Path(gradio.__file__).parent
FIRST = [EXAMPLES / f"{name}.jpg" for name in ("astronaut", "coffee", "raccoon", "rocket")]
SECOND = [
    *(GRADIO / "media_assets" / "images" / name for name in ("cheetah.jpg", "groot.jpeg", "lion.jpg", "tower.jpg")),
    GRADIO / "test_data" / "cheetah2.jpg",
]
SEEDS = {"first": 1000, "second": 777_000}
CASES, QUICK = 48, 8
UNRELATED, RESTYLED = 50, 24
KEPT, EACH_KEPT = (0.005, 0.01, 0.02, 0.04), 12
CORES = 2
RUNS = 3
WIDTHS, ANSWER = (1155, 4000), (1184, 880)
PARTS = ("original.png", "answer.png", "mask.png")
MEGABYTE = 1_000_000


def read(path: Path) -> Bytes:
    """Return a photograph as sRGB, shape (height, width, 3)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def one_case(task: tuple[list[Path], int, int]) -> Outcome:
    """Damage a photograph, and take its region from the answer in every way."""
    paths, number, seed = task
    original = read(paths[number % len(paths)])
    case = damaged(original, read(paths[(number + 1) % len(paths)]), seed + number)
    plain = grid(case.there.shape[1::-1])
    by_features = there_by_homography(case)
    places = dict(zip(WAYS, (plain, by_features, by_features, there_by_us(case)), strict=True))
    made = pasted(case)
    scores = {}
    for way, there in places.items():
        picture = np.asarray(Image.open(io.BytesIO(made.image))) if way == "ours" else composed(case, way, there)
        scores[way] = score(case, there, picture)
    name = f"{paths[number % len(paths)].stem} {seed + number}"
    share = float(case.painted.mean())
    return Outcome(name, case.smooth, case.leaks, share, made.accepted, made.confidence, made.outside_change, scores)


def one_kept(task: tuple[list[Path], int, float, bool]) -> Kept:
    """Let all of a photograph change but a small part of it."""
    paths, seed, share, gone = task
    original, other = read(paths[seed % len(paths)]), read(paths[(seed + 1) % len(paths)])
    case = kept(original, other, seed, share, gone=gone)
    return Kept(share, gone, pasted(case).accepted, score(case, there_by_us(case), case.wanted).ring)


def one_foreign(task: tuple[list[Path], int, bool]) -> tuple[str, bool, float]:
    """Paste back from an answer that is another picture, or the same in another style."""
    paths, number, style = task
    original = read(paths[number % len(paths)])
    other = read(paths[(number + 1 + number // len(paths) % (len(paths) - 1)) % len(paths)])
    answer = restyled(original, number // len(paths)) if style else unrelated(original, other, number)
    mask = np.zeros(original.shape[:2], np.uint8)
    height, width = mask.shape
    mask[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = 255
    made = paste_back(png(original), png(answer), png(mask))
    return f"{paths[number % len(paths)].stem} {number}", made.accepted, made.confidence


def say(line: str = "") -> None:
    """Print a line at once: some minutes lie between them."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def halves(half: str, paths: list[Path], *, quick: bool) -> None:
    """Measure one half of the cases and print its tables."""
    cases, foreign, styles, each = (QUICK, QUICK, QUICK, 2) if quick else (CASES, UNRELATED, RESTYLED, EACH_KEPT)
    start = time.perf_counter()
    with ProcessPoolExecutor(CORES, get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
        outcomes = list(pool.map(one_case, [(paths, number, SEEDS[half]) for number in range(cases)]))
        others = list(pool.map(one_foreign, [(paths, number, False) for number in range(foreign)]))
        small = [(paths, SEEDS[half] + n, share, gone) for share in KEPT for gone in (False, True) for n in range(each)]
        alone = list(pool.map(one_kept, small))
        styled = list(pool.map(one_foreign, [(paths, number, True) for number in range(styles)]))
    names = ", ".join(path.stem for path in paths)
    say(f"\n{half} half: {len(outcomes)} cases of {names}, in {time.perf_counter() - start:.0f} s")
    for table in (
        registration_table(outcomes),
        seam_table(outcomes),
        gate_lines(outcomes, others, styled),
        kept_lines(alone),
    ):
        say("\n".join(table))
    for outcome in outcomes:
        ours = outcome.scores["ours"]
        if not outcome.accepted or (outcome.smooth and not within(ours.ring)):
            found = f"confidence {outcome.confidence:.2f}, ring {ours.ring[0]:.2f}/{ours.ring[1]:.2f}"
            say(f"  fell short: {outcome.name}, {found}")


def cost(way: str, folder: Path) -> None:
    """Print the best time of some runs and what the first adds to the memory, as JSON; in a process of its own."""
    from client.pictures import composition  # noqa: F401, PLC0415 - what is imported is no part of a call

    files = [(folder / name).read_bytes() for name in PARTS]
    work = {"plain": plain, "ours": paste_back}[way]
    before = memory("VmRSS")
    work(*files)
    added, times = memory("VmHWM") - before, []
    for _ in range(RUNS):
        start = time.perf_counter()
        work(*files)
        times.append(time.perf_counter() - start)
    sys.stdout.write(json.dumps({"seconds": min(times), "memory": added}))


def draw(folder: Path, width: int) -> None:
    """Write a photograph of this width, an answer of a megapixel and a mask."""
    photograph = Image.open(FIRST[2]).convert("RGB")
    height = round(width * photograph.height / photograph.width)
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : height * 6 // 10, width // 3 : width * 6 // 10] = 255
    original, answer = (photograph.resize(size, Image.Resampling.BICUBIC) for size in ((width, height), ANSWER))
    for name, picture in zip(PARTS, (original, answer, mask), strict=True):
        (folder / name).write_bytes(png(np.asarray(picture)))


def plain(original: bytes, result: bytes, mask: bytes) -> bytes:
    """Resize the answer, paste what is painted, write a PNG."""
    own, answer, painted = (Image.open(io.BytesIO(content)) for content in (original, result, mask))
    own.paste(answer.resize(own.size, Image.Resampling.BICUBIC), mask=painted)
    return png(np.asarray(own))


def memory(name: str) -> int:
    """Return this process's memory in bytes: VmRSS as it is, VmHWM the most it has had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def costs() -> None:
    """Print what a whole call costs, PNG in and out, against plain resizing and pasting."""
    say("\na whole call, PNG in and out: seconds, and MB that it adds")
    for width in WIDTHS:
        found = {}
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder), width)
            for way in ("plain", "ours"):
                command = [sys.executable, __file__, "--cost", way, folder]
                done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)  # noqa: S603 - ourselves
                found[way] = json.loads(done.stdout)
        each = [f"{way} {cost['seconds']:.2f} s, {cost['memory'] / MEGABYTE:.0f} MB" for way, cost in found.items()]
        ratio = found["ours"]["seconds"] / found["plain"]["seconds"]
        say(f"{width * width * 3 / 4 / MEGABYTE:5.1f} MP: {'; '.join(each)}; {ratio:.1f} x")


def main() -> None:
    """Measure both halves and the costs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--half", choices=("first", "second", "both"), default="both")
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--cost", nargs=2)
    chosen = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for the processes that measure, as for those of the page
    if chosen.cost:
        cost(chosen.cost[0], Path(chosen.cost[1]))
        return
    for half, paths in (("first", FIRST), ("second", SECOND)):
        if chosen.half in {half, "both"}:
            folder = sorted(chosen.photographs.iterdir()) if chosen.photographs else paths
            halves(half, folder, quick=chosen.quick)
    costs()
    say(load())


if __name__ == "__main__":
    main()
