"""How long a pause in typing must be before a text is analysed: as long as its recent analyses took, within bounds.

As clangd does it (`DebouncePolicy` in its TUScheduler): a text that is analysed in an instant is analysed often, and
one that takes long is not analysed half typed. While nothing is known of a text the pause is the longest.
"""

from __future__ import annotations

from collections import defaultdict, deque
from statistics import median_high

from .settings import Settings

RECENT = 15  # analyses of a text that count


class Debounce:
    """Keeps how long analyses took, by URI; all times are in seconds."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._took: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=RECENT))

    def took(self, uri: str, seconds: float) -> None:
        """An analysis of the text was finished."""
        self._took[uri].append(seconds)

    def forget(self, uri: str) -> None:
        """The text was closed."""
        self._took.pop(uri, None)

    def pause(self, uri: str) -> float:
        """How long to wait after an edit of the text."""
        settings = self.settings
        if settings.debounce_ms is not None:
            return settings.debounce_ms / 1000
        recent = self._took.get(uri)
        longest, shortest = settings.debounce_maximum_ms / 1000, settings.debounce_minimum_ms / 1000
        if not recent:
            return longest
        return max(shortest, min(longest, settings.debounce_ratio * median_high(recent)))
