"""Numbers in addresses, which anybody can write."""

import pytest

from rapport.kit.addresses import number


@pytest.mark.parametrize(("text", "found"), [("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_a_whole_number_is_read(text, found):
    assert number(text) == found


@pytest.mark.parametrize(
    "text", ["", " 7", "-7", "+7", "7.0", "1 OR 1", "1_0", "\u0667", "\u00b2", "9" * 19, "9" * 9999]
)
def test_whatever_else_stands_there_is_none(text):
    assert number(text) is None
