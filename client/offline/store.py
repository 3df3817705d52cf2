"""Results in memory, until they are fetched: bounded, under names nobody guesses, with links that expire."""

import base64
import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

LIFETIME: Final = 24 * 60 * 60
"""Seconds for which the service promises its links (contract, section 2)."""

MOST_RESULTS: Final = 512
MOST_BYTES: Final = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A finished PNG and the query that its link must carry."""

    content: bytes = field(repr=False)
    query: str = field(repr=False)
    etag: str
    expires: float


class ResultStore:
    """Keeps the newest results; the oldest go when there are too many or they weigh too much."""

    def __init__(self, most_results: int = MOST_RESULTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_results = most_results
        self._most_bytes = most_bytes
        self._results: OrderedDict[str, StoredResult] = OrderedDict()
        self._weight = 0

    def put(self, content: bytes) -> str:
        """Keep a result and give the end of its link: name and signed query."""
        name = secrets.token_urlsafe(24)
        expires = time.time() + LIFETIME
        query = _signed(int(expires))
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        self._results[name] = StoredResult(content, query, etag, expires)
        self._weight += len(content)
        while len(self._results) > 1 and (len(self._results) > self._most_results or self._weight > self._most_bytes):
            _, oldest = self._results.popitem(last=False)
            self._weight -= len(oldest.content)
        return f"{name}.png?{query}"

    def get(self, name: str, query: str) -> StoredResult | None:
        """Give a result for its exact link; None if it is gone, expired, or the query was changed."""
        result = self._results.get(name)
        if result is None or result.expires < time.time() or not secrets.compare_digest(result.query, query):
            return None
        return result


def _signed(expires: int) -> str:
    """Make a query like the storage service's; its signature holds %2B and %3D, so a link must be used as it is."""
    signature = base64.b64encode(b"\xf8" + secrets.token_bytes(19)).decode()
    return f"Expires={expires}&OSSAccessKeyId=offline&Signature={quote(signature, safe='')}"
