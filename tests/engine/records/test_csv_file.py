"""CSV files as they come: encodings, line ends, quotes, rows of the wrong length, headings."""

import gzip

import pytest

from rapport.engine.records import RecordsRefused

TEXTS = {"id": "text", "city": "text"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1", "cp1252"])
def test_every_encoding_gives_the_same_text(read, encoding):
    batch = read("id,city\r\n1,Zürich\r\n".encode(encoding), columns=TEXTS, encoding=encoding)
    assert batch.records["city"].to_pylist() == ["Zürich"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_mark_wins_over_the_stated_encoding(read, encoding):
    batch = read("id,city\n1,Zürich\n".encode(encoding), columns=TEXTS, encoding="iso-8859-1")
    assert batch.records["city"].to_pylist() == ["Zürich"]


def test_undecodable_byte_is_named_with_its_place_and_a_way_out(read):
    with pytest.raises(RecordsRefused, match=r"byte 13 \(0xfc, line 2\).*iso-8859-1"):
        read(b"id,city\n1,Z\xc3\xbc\xfcrich\n", columns=TEXTS)


def test_undecodable_byte_is_named_far_into_the_file(read):
    before = b"id,city\n" + b"1,Bern\n" * 400_000
    with pytest.raises(RecordsRefused, match=rf"byte {len(before) + 2:,} \(0xff, line 400,002\)"):
        read(before + b"1,\xff\n", columns=TEXTS)


@pytest.mark.parametrize("encoding", ["no-such", "zlib", "hex"])
def test_what_is_no_text_encoding_is_refused(read, encoding):
    with pytest.raises(RecordsRefused, match="no encoding"):
        read("id,city\n", columns=TEXTS, encoding=encoding)


def test_utf_16_without_mark_read_as_utf_8_is_refused(read):
    with pytest.raises(RecordsRefused, match="utf-16"):
        read("id,city\n1,Bern\n".encode("utf-16-le"), columns=TEXTS)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("closed", [True, False])
def test_every_line_end(read, end, closed):
    text = end.join(["id,city", '1,"Bern, old', 'town"', "2,Basel"]) + (end if closed else "")
    batch = read(text, columns=TEXTS)
    assert batch.records["city"].to_pylist() == [f"Bern, old{end}town", "Basel"]
    assert batch.records["_row"].to_pylist() == [2, 3]


def test_delimiter_and_quote_are_stated(read):
    batch = read("id;city\n1;'a;b'\n", columns=TEXTS, delimiter=";", quote="'")
    assert batch.records["city"].to_pylist() == ["a;b"]


def test_gzip_is_unpacked(read):
    assert read(gzip.compress(b"id,city\n1,Bern\n"), name="log.csv.gz", columns=TEXTS).records.num_rows == 1


def test_ragged_rows_are_rejected_and_rows_keep_their_numbers(read):
    batch = read("id,city\n1,Bern\n2\n\n3,Basel,x\n  \n4,Chur\n", columns=TEXTS, reject_limit="50%")
    assert [(reject.row, reject.seen) for reject in batch.report.rejects] == [(3, "2"), (5, "3,Basel,x")]
    assert batch.records["_row"].to_pylist() == [2, 7]
    assert batch.report.read == 4


def test_blank_rows_are_no_records(read):
    batch = read('id,city\n,\n1,Bern\n , \n\n,,,\n""\n', columns=TEXTS)
    assert (batch.report.read, batch.records["_row"].to_pylist()) == (1, [3])


@pytest.mark.parametrize("text", ['id,city\n1,"Bern\n2,Basel\n', 'id,city\n1,Bern\n"', 'id,city\n"1,Bern\n2,Basel'])
def test_quote_that_is_never_closed_is_refused(read, text):
    with pytest.raises(RecordsRefused, match="quote"):
        read(text, columns=TEXTS)


def test_header_only_is_no_records(read):
    batch = read("id,city", columns=TEXTS)
    assert (batch.records.num_rows, batch.report.read) == (0, 0)
    assert batch.records.schema.names == ["_key", "_row", "_file", "id", "city"]


def test_missing_headings_name_the_nearest(read):
    with pytest.raises(RecordsRefused, match=r"'city' \(nearest: 'City'\).*It has: id, City, note"):
        read("id,City,note\n1,Bern,x\n", columns=TEXTS)


def test_duplicate_headings_are_refused_but_blank_ones_are_not(read):
    with pytest.raises(RecordsRefused, match="more than one column headed city"):
        read("id,city,city\n1,a,b\n", columns=TEXTS)
    assert read("id,city,,\n1,a,,\n", columns=TEXTS).records.num_rows == 1


def test_heading_may_differ_from_the_name(read):
    batch = read(" Case No ,city\n7,Bern\n", columns={"id": {"type": "text", "header": "Case No"}, "city": "text"})
    assert batch.records["id"].to_pylist() == ["7"]


def test_formulas_are_text(read):
    assert read('id,city\n1,"=1+1"\n', columns=TEXTS).records["city"].to_pylist() == ["=1+1"]
