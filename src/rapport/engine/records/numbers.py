"""Numbers exactly as written: nineteen digits and nine decimals, ASCII only, never through a float."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

NUMBER = pa.decimal128(28, 9)
_WIDE = pa.decimal256(76, 55)
_DIGITS, _DECIMALS = 19, 9
_BOUND = Decimal(10**_DIGITS)


def parse_numbers(texts: pa.Array, decimal: str) -> pa.Array:
    """Decimals from text, null where it is no number; further decimals are rounded half even.

    The separator that is not `decimal`, a point or a comma, may part thousands.
    """
    point, comma = (r"\.", ",") if decimal == "." else (",", r"\.")
    shape = rf"^[+-]?(([0-9]+|[0-9]{{1,3}}({comma}[0-9]{{3}})+)({point}[0-9]+)?|{point}[0-9]+)$"
    written = _where(pc.match_substring_regex(texts, shape), texts)
    plain = pc.replace_substring(pc.replace_substring_regex(written, comma, ""), decimal, ".")
    fits = pc.match_substring_regex(plain, r"^[+-]?0*[0-9]{0,19}(\.[0-9]{1,55})?$")
    return _rounded(pc.cast(_where(fits, plain), _WIDE))


def native_numbers(cells: pa.Array) -> pa.Array:
    """Decimals from a file's own numbers, null where they are infinite, no number or too large."""
    if pa.types.is_decimal(cells.type) and cells.type.precision - cells.type.scale > _DIGITS:
        cells = _within(cells, pa.scalar(_BOUND, cells.type))
    if pa.types.is_decimal(cells.type) or pa.types.is_uint64(cells.type):
        return _rounded(pc.cast(cells, _WIDE))
    if pa.types.is_floating(cells.type):
        cells = _within(pc.cast(cells, pa.float64()), pa.scalar(float(_BOUND)))
    return pc.cast(cells, NUMBER)


def whole_numbers(cells: pa.Array) -> pa.Array:
    """A file's own integers of any width as int64, null where they are larger."""
    if pa.types.is_uint64(cells.type):
        cells = _where(pc.less(cells, pa.scalar(2**63, pa.uint64())), cells)
    return pc.cast(cells, pa.int64())


def number_text(values: pa.Array) -> pa.Array:
    """Numbers as text without needless zeros: 1001 rather than 1001.000000000."""
    whole = pc.cast(values, pa.int64(), safe=False)
    is_whole = pc.equal(pc.cast(whole, NUMBER), values)
    return pc.if_else(is_whole, pc.cast(whole, pa.string()), pc.utf8_rtrim(pc.cast(values, pa.string()), "0"))


def _rounded(wide: pa.Array) -> pa.Array:
    rounded = pc.round(wide, _DECIMALS, round_mode="half_to_even")
    return pc.cast(_within(rounded, pa.scalar(_BOUND, rounded.type)), NUMBER)


def _within(values: pa.Array, bound: pa.Scalar) -> pa.Array:
    return _where(pc.less(pc.abs(values), bound), values)


def _where(holds: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(holds, values, pa.scalar(None, values.type))
