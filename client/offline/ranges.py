"""The part of a file that a Range header asks for."""

import re
from typing import Final

_ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class UnsatisfiableRangeError(Exception):
    """The range begins behind the end of the file."""


def asked_range(header: str | None, total: int) -> tuple[int, int] | None:
    """Give first and last byte, both included; None if the whole file is to be sent (RFC 9110, 14.2).

    Several ranges at once, and anything malformed, count as no range.
    """
    match = _ONE_RANGE.fullmatch((header or "").strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        first, last = max(0, total - int(match[2])), total - 1
    else:
        first, last = int(match[1]), min(int(match[2] or total), total - 1)
        if match[2] and int(match[2]) < first:
            return None
    if first >= total:
        raise UnsatisfiableRangeError
    return first, last
