"""What the cases of `fidelity.py` come to, as tables."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from apparatus.pasting import WAYS, Score

GOOD = (0.5, 1.5)
SMALL_REGION = 0.12
OUTSIDE = 0.25
SEAM = 2.0

Foreign = list[tuple[str, bool, float]]


@dataclass(frozen=True)
class Outcome:
    """How each way did in one case."""

    name: str
    smooth: bool
    leaks: bool
    share: float
    accepted: bool
    confidence: float
    outside: float
    scores: dict[str, Score]


@dataclass(frozen=True)
class Kept:
    """How it went where all but a share of the picture might change; `gone`: what was to stay was not there."""

    share: float
    gone: bool
    accepted: bool
    ring: tuple[float, float]


def percent(flags: list[bool]) -> str:
    """Return how many of `flags` are set."""
    return f"{100 * sum(flags) / len(flags):.0f} %" if flags else "none"


def within(pair: tuple[float, float]) -> bool:
    """Return whether a misregistration (median, p95) is good."""
    return pair[0] <= GOOD[0] and pair[1] <= GOOD[1]


def registration_table(outcomes: list[Outcome]) -> Iterator[str]:
    """Yield how far off each way is, at the edge and inside."""
    yield f"{'':20}{'ring':>12}{'worst tenth':>14}{'ring good':>11}{'smooth':>8}{'wobble':>8}{'inside*':>9}   px"
    for way in WAYS:
        rings = np.array([outcome.scores[way].ring for outcome in outcomes])
        typical, worst = np.median(rings, 0), np.percentile(rings, 90, 0)
        good = [within(outcome.scores[way].ring) for outcome in outcomes]
        smooth, wobble = ([g for g, o in zip(good, outcomes, strict=True) if o.smooth is s] for s in (True, False))
        small = [within(o.scores[way].inside) for o in outcomes if o.smooth and o.share <= SMALL_REGION]
        yield (
            f"{way:20}{typical[0]:6.2f}/{typical[1]:<5.2f}{worst[0]:8.2f}/{worst[1]:<5.2f}{percent(good):>11}"
            f"{percent(smooth):>8}{percent(wobble):>8}{percent(small):>9}"
        )
    yield f"median/p95 of each case; good: at most {GOOD[0]}/{GOOD[1]}"
    yield f"* smooth warps, regions up to {SMALL_REGION:.0%} of the picture"


def seam_table(outcomes: list[Outcome]) -> Iterator[str]:
    """Yield how visible the seam is, what became of a change that reaches the edge, and what changed unpainted."""
    yield f"{'':20}{'seam mean':>10}{'p95':>6}{'<= 2':>7}{'interior':>10}{'unpainted px changed':>22}   dE2000"
    for way in WAYS:
        seams = np.array([outcome.scores[way].seam for outcome in outcomes if not outcome.leaks])
        seams = seams[np.isfinite(seams)]
        interior = [outcome.scores[way].interior for outcome in outcomes if outcome.leaks]
        strayed = sum(outcome.scores[way].strayed for outcome in outcomes)
        yield (
            f"{way:20}{seams.mean():10.2f}{np.percentile(seams, 95):6.2f}{percent(list(seams <= SEAM)):>7}"
            f"{np.nanmean(interior):10.2f}{strayed:22}"
        )


def kept_lines(outcomes: list[Kept]) -> Iterator[str]:
    """Yield how small a part may be that alone is to stay."""
    for share in sorted({outcome.share for outcome in outcomes}):
        there, gone = ([o for o in outcomes if o.share == share and o.gone is away] for away in (False, True))
        taken = [outcome for outcome in there if outcome.accepted]
        ring = np.median([outcome.ring for outcome in taken], 0) if taken else (np.nan, np.nan)
        yield (
            f"all but {share:.1%} may change: accepted {len(taken)} of {len(there)}, ring {ring[0]:.2f}/{ring[1]:.2f}; "
            f"where it is gone: {sum(outcome.accepted for outcome in gone)} of {len(gone)}"
        )


def gate_lines(outcomes: list[Outcome], foreign: Foreign, styles: Foreign) -> Iterator[str]:
    """Yield what is accepted, and how often a change that crosses the edge is noticed."""
    accepted = [outcome.accepted for outcome in outcomes]
    lowest = min(outcomes, key=lambda outcome: outcome.confidence)
    yield f"true answers accepted: {sum(accepted)} of {len(accepted)} (lowest {lowest.confidence:.2f}, {lowest.name})"
    for name, answers in (("unrelated", foreign), ("restyled", styles)):
        top = max(answers, key=lambda answer: answer[2])
        yield f"{name} accepted: {sum(a for _, a, _ in answers)} of {len(answers)} (highest {top[2]:.2f}, {top[0]})"
    for leaks, told in ((True, "crosses the edge"), (False, "stays inside")):
        said = [outcome.outside > OUTSIDE for outcome in outcomes if outcome.leaks is leaks and outcome.accepted]
        yield f"more than a quarter said to lie outside, where the change {told}: {sum(said)} of {len(said)}"
