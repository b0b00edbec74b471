"""What a text must not do to the process that reads it, which it once did."""

import subprocess
import sys
from time import process_time

import pytest

from rapport.engine.document import DocumentError, parse

READ = """
import sys
from rapport.engine.document import DocumentError, parse
try:
    parse(sys.stdin.read())
except DocumentError as error:
    print(error.faults[0].seen)
"""


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "- " * 100_000, "a: " + "{a: " * 100_000])
def test_a_text_of_many_groups_within_each_other_ends_no_process(text):
    done = subprocess.run([sys.executable, "-c", READ], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.returncode
    assert "more than 50 groups within each other" in done.stdout


def test_a_text_of_many_unknown_fields_is_refused_at_once():
    begun = process_time()
    with pytest.raises(DocumentError) as refused:
        parse("".join(f"k{place}: 1\n" for place in range(20_000)))
    assert len(refused.value.faults) == 200
    assert process_time() - begun < 5
