import pytest

from rapport.kit.browsers import in_words

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36", "Chrome on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {WEBKIT} Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {WEBKIT} Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"{MAC} {WEBKIT} Version/17.5 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on macOS"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {WEBKIT} CriOS/126.0 Mobile Safari/604.1",
            "Chrome on iPhone",
        ),
    ],
)
def test_a_browser_is_told_with_its_system(agent, words):
    assert in_words(agent) == words


@pytest.mark.parametrize("agent", ["curl/8.8.0", "Linux", "Firefox/1", ""])
def test_what_is_not_known_stays_as_it_was_sent(agent):
    assert in_words(agent) == agent
