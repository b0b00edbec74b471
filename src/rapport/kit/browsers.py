"""What browsers call themselves, in words."""

from collections.abc import Sequence

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
"""By a word of what they send, in this order: many also send the words of those they descend from."""
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def in_words(agent: str) -> str:
    """A browser and its system, such as "Chrome on Linux"; what is none that is known stays as it was sent."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    return f"{browser} on {system}" if browser and system else agent


def _first(known: Sequence[tuple[str, str]], agent: str) -> str:
    return next((name for word, name in known if word in agent), "")
