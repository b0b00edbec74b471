from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.chain import START, Link, digest_after, first_break

CONTENTS = st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=3), min_size=1)


def chain(contents):
    links, previous = [], START
    for number, content in enumerate(contents, start=1):
        links.append(Link(number, content, digest_after(previous, number, content)))
        previous = links[-1].digest
    return links


def test_an_empty_chain_holds():
    assert first_break([]) is None


@given(CONTENTS)
def test_a_chain_as_written_holds(contents):
    assert first_break(chain(contents)) is None


@given(CONTENTS, st.data())
def test_a_changed_entry_is_found(contents, data):
    links = chain(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    links[place] = replace(links[place], content={**links[place].content, "forged": True})
    assert first_break(links) == place + 1


@given(CONTENTS, st.data())
def test_an_entry_taken_out_is_found_unless_it_was_the_last(contents, data):
    links = chain([*contents, {"last": True}])
    place = data.draw(st.integers(0, len(links) - 2))
    del links[place]
    assert first_break(links) == place + 1


def test_the_order_of_keys_does_not_matter():
    assert digest_after(START, 1, {"a": 1, "b": 2}) == digest_after(START, 1, {"b": 2, "a": 1})


def test_the_digest_is_fixed_for_ever():
    # Computed with sha256sum over [START, 1, {"verb": "x"}] as compact JSON: chains already printed rest on it.
    text = f'["{START}",1,{{"verb":"x"}}]'
    import hashlib

    assert digest_after(START, 1, {"verb": "x"}) == hashlib.sha256(text.encode()).hexdigest()
