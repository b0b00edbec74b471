import pytest

from rapport.domain.plurals import counted_noun


@pytest.mark.parametrize(
    ("count", "words", "expected"),
    [
        (0, ("issue",), "0 issues"),
        (1, ("issue",), "1 issue"),
        (2, ("issue",), "2 issues"),
        (1, ("duty", "duties"), "1 duty"),
        (2, ("duty", "duties"), "2 duties"),
    ],
)
def test_a_count_is_followed_by_its_noun(count, words, expected):
    assert counted_noun(count, *words) == expected
