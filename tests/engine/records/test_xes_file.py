"""XES event logs: events with their case's attributes, and XML that attacks its reader."""

import gzip
from decimal import Decimal

import pytest

from rapport.engine.records import RecordsRefused

FIELDS = {
    "format": "xes",
    "key": "case:concept:name",
    "columns": {"case:concept:name": "text", "case:cost": "number", "time:timestamp": "time", "state": "text"},
    "events": {"time": "time:timestamp", "status": "state"},
    "decimal": ",",
}
LOG = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="state" value="UNKNOWN"/></global>
  <trace>
    <string key="concept:name" value="A"/>
    <float key="cost" value="1.5"/>
    <event><date key="time:timestamp" value="2016-07-01T12:00:00.250+02:00"/><string key="state" value="New"/></event>
    <event><date key="time:timestamp" value="2016-07-01T10:00:05Z"/>
      <string key="state" value="Done"><string key="state" value="nested"/></string>
      <list key="notes"><values><string key="state" value="listed"/></values></list></event>
  </trace>
  <trace>
    <string key="concept:name" value="B"/>
    <event><date key="time:timestamp" value="2016-07-01T10:00:00"/></event>
  </trace>
</log>"""


def test_events_carry_their_case(read):
    batch = read(LOG, name="log.xes", **FIELDS, date_formats=["%Y-%m-%dT%H:%M:%S"])
    first, second = batch.records.to_pylist()
    assert (first["_row"], first["case:cost"], first["state"], first["time:timestamp"]) == (
        2,
        Decimal("1.5"),
        "Done",
        1467367205,
    )
    assert (second["_row"], second["case:cost"], second["state"]) == (3, None, None)
    assert [span["start"] for span in batch.spans.to_pylist()] == [1467367200, 1467367205]


def test_gzip_and_byte_order_mark(read):
    packed = gzip.compress(b"\xef\xbb\xbf" + LOG.encode())
    fields = {**FIELDS, "date_formats": ["%Y-%m-%dT%H:%M:%S"]}
    assert read(packed, name="log.xes.gz", **fields).report.read == 3


@pytest.mark.parametrize(
    "declaration",
    ['<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa">]>', '<!DOCTYPE log SYSTEM "file:///etc/passwd">', "<!DOCTYPE log>"],
)
def test_document_types_and_entities_are_refused(read, declaration):
    with pytest.raises(RecordsRefused, match="document type"):
        read(LOG.replace("<log", declaration + "<log", 1), name="log.xes", **FIELDS)


@pytest.mark.parametrize("text", [LOG[:700], LOG.replace("</trace>", "", 1), LOG + "x"])
def test_broken_xml_is_refused(read, text):
    with pytest.raises(RecordsRefused, match="not well-formed"):
        read(text, name="log.xes", **FIELDS)


def test_log_without_events_is_no_records(read):
    assert read('<?xml version="1.0"?><log/>', name="log.xes", **FIELDS).records.num_rows == 0


def test_attributes_that_no_event_has_are_refused(read):
    with pytest.raises(RecordsRefused, match="'case:cost'"):
        read(LOG.replace('key="cost"', 'key="costs"'), name="log.xes", **FIELDS)


def test_numbers_that_are_none_stay_text(read):
    with pytest.raises(RecordsRefused, match="UNKNOWN"):
        read(LOG.replace('value="1.5"', 'value="UNKNOWN"'), name="log.xes", **FIELDS)
