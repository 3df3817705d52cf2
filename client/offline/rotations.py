"""Rotations as people ask for them: "rotate 90 degrees to the left", "turn it clockwise", "向左旋转90度"."""

import re
from collections.abc import Iterator
from typing import Final

_SIDE: Final = r"(?:left|right)(?! (?:side|part|half|hand|eye|ear|arm|leg|corner|edge))"
_STEP: Final = (
    rf"(?:it|this|the|my|picture|photo|photograph|image|by|to|about|around|{_SIDE}|(?:counter|anti)[ -]?clockwise"
    r"|clockwise|c?cw|a|quarter|half|turn|\d{1,3}(?:\.\d)?(?: ?degrees?| ?°| ?deg)?)"
)
_ENGLISH: Final = re.compile(
    rf"\b(?P<verb>rotat(?:e|ed|ing)|turn(?:ed)?|tilt(?:ed)?)(?: {_STEP}(?!\w))*|\bupside[ -]down\b", re.ASCII
)
_NUMBER: Final = re.compile(r"(\d{1,3}(?:\.\d)?)(?: ?(?:degrees?|°|deg\b))", re.ASCII)
_ALONE: Final = re.compile(r"\s*(?:$|[.,;:!?。\n]|and\b|n?or\b|then\b|please\b|but\b)", re.ASCII)
_PICTURE_NUMBER: Final = re.compile(r"(?:picture|photo|image) \d(?!\d|\.\d| ?(?:degrees?|°|deg))")

_CHINESE: Final = re.compile(
    r"(?:(?:向|往|朝)?(?P<side>[左右])|(?P<clock>[逆顺])时针)(?:方向)?(?:旋转|转动|转(?![为成换]))"
    r"(?:\s*(?P<n>\d{1,3}|[一二三四五六七八九十百]{1,6})\s*(?:度|°))?"
    r"|(?:旋转|转动|转)\s*(?P<m>\d{1,3}|[一二三四五六七八九十百]{1,6})\s*(?:度|°)|旋转(?!木马)|倒过来"
)
_DIGITS: Final = "零一二三四五六七八九"

QUARTER: Final = 90.0


def find_rotations(text: str) -> Iterator[tuple[int, int, float]]:
    """Give start, end and degrees clockwise of each rotation in lower-case `text`."""
    for match in _ENGLISH.finditer(text):
        degrees = _english_degrees(match, text[match.end() :])
        if degrees is not None:
            yield match.start(), match.end(), degrees
    for match in _CHINESE.finditer(text):
        yield match.start(), match.end(), _chinese_degrees(match)


def _english_degrees(match: re.Match[str], rest: str) -> float | None:
    words = _PICTURE_NUMBER.sub("", match[0])
    if "upside" in words:
        return 2 * QUARTER
    number = _NUMBER.search(words) or (
        re.search(r"(?:by|to|e|d|it) (\d{1,3})$", words) if match["verb"] != "turn" else None
    )
    turn = re.search(r"left|right|clockwise|c?cw", words)
    sign = -1.0 if re.search(r"left|counter|anti|ccw", words) else 1.0
    if number:
        return sign * float(number[1])
    if "half" in words or ("around" in words and match["verb"] == "turn"):
        return 2 * QUARTER
    if turn or "quarter" in words:
        return sign * QUARTER
    alone = match["verb"].startswith("rotat") and _ALONE.match(rest)
    return QUARTER if alone else None


def _chinese_degrees(match: re.Match[str]) -> float:
    if match[0] == "倒过来":
        return 2 * QUARTER
    number = match["n"] or match["m"]
    sign = -1.0 if match["side"] == "左" or match["clock"] == "逆" else 1.0
    return sign * (QUARTER if number is None else float(number) if number.isdecimal() else _spoken(number))


def _spoken(number: str) -> float:
    """Read a Chinese number below a thousand: 一百八十 is 180."""
    total = digit = 0
    for letter in number:
        if letter in "十百":
            total += (digit or 1) * (10 if letter == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS.index(letter)
    return float(total + digit)
