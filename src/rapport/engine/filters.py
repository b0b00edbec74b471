"""Filters and field expressions: a small, SQL-like language over the columns of a source.

Text is parsed with sqlglot and rebuilt from an allow-list, so nothing in it ever runs as SQL or Python. Moments and
dates compare as epoch seconds; a condition that is unknown because a value is missing does not hold.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import Dialect, exp
from sqlglot.errors import ParseError, TokenError

from rapport.domain.durations import parse_duration
from rapport.engine.agreement import ColumnType

_GRAMMAR = "columns, numbers, 'texts', = <> < <= > >=, and, or, not, in (...), between, like, is null, + - *"
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_LOGIC = (exp.And, exp.Or)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul)
_MOMENTS = {ColumnType.TIME, ColumnType.DATE}
_AMOUNTS = {ColumnType.NUMBER, ColumnType.DURATION}
_NUMERIC = _MOMENTS | _AMOUNTS
_PARTS = {"this", "expression", "expressions", "low", "high", "is_string", "table", "negate"}
_NUMBER = re.compile(r"\d{1,19}(\.\d{0,9})?|\.\d{1,9}", re.ASCII)
_DEEPEST = 100  # levels; what is deeper would exhaust one parser or another
_DECIMALS, _MOST_DECIMALS = 9, 18  # of a number column, and of a product of two


class FilterError(ValueError):
    """An expression that cannot be used: what was seen and what was expected, in one sentence."""


@dataclass(frozen=True)
class _Typed:
    """A rebuilt expression with what it yields; `None` is the bare NULL."""

    expression: exp.Expr
    type: ColumnType | None


def parse_condition(text: str, columns: Mapping[str, ColumnType]) -> exp.Expr:
    """A boolean expression over `columns`, ready to stand in any engine's WHERE.

    Raises:
        FilterError: unknown columns, words outside the grammar, or sides that cannot be compared.
    """
    typed = _Checker(columns).typed(_parse(text))
    if typed.type is not ColumnType.BOOLEAN:
        raise FilterError(f"{_short(text)} is not a condition; compare it with something, as in priority = 'P1'")
    return typed.expression


def parse_field(text: str, columns: Mapping[str, ColumnType]) -> exp.Expr:
    """A numeric expression over `columns`, such as "attendances - breaches".

    Raises:
        FilterError: as for `parse_condition`, or when the expression is not a number.
    """
    return _field(text, columns).expression


def is_duration(text: str, columns: Mapping[str, ColumnType]) -> bool:
    """Whether a numeric expression is a length of time, in seconds.

    Raises:
        FilterError: as for `parse_field`.
    """
    return _field(text, columns).type is ColumnType.DURATION


def _field(text: str, columns: Mapping[str, ColumnType]) -> _Typed:
    typed = _Checker(columns).typed(_parse(text))
    if typed.type not in _AMOUNTS:
        raise FilterError(f"{_short(text)} is not a number; name a number or duration column, or add and subtract them")
    return typed


@lru_cache(maxsize=4096)  # KPIs share conditions, and so do versions of an agreement; one takes a millisecond
def _parse(text: str) -> exp.Expr:
    """The tree of an expression, which is read and never changed."""
    dialect = Dialect.get_or_raise("duckdb")
    try:
        tokens = dialect.tokenize(text)
        if any(token.comments for token in tokens):
            raise FilterError(f"{_short(text)} holds a comment; it may hold {_GRAMMAR}")
        parsed = dialect.parser().parse(tokens, text)
    except (ParseError, TokenError) as error:
        raise FilterError(f"{_short(text)} cannot be read{_position(error)}; it may hold {_GRAMMAR}") from None
    except RecursionError:
        raise _too_deep(text) from None
    if len(parsed) != 1 or parsed[0] is None:
        raise FilterError(f"{_short(text)} is not one expression; it may hold {_GRAMMAR}")
    if _is_deep(parsed[0]):
        raise _too_deep(text)
    return parsed[0]


def _is_deep(root: exp.Expr) -> bool:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in node.iter_expressions()]
        if not level:
            return False
    return True


def _too_deep(text: str) -> FilterError:
    return FilterError(f"{_short(text)} is nested too deeply; write many alternatives as in (...)")


def _short(text: str) -> str:
    """A text as a message shows it."""
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _position(error: Exception) -> str:
    details = getattr(error, "errors", None)
    return f" near character {details[0]['col']} ({details[0]['highlight']!r})" if details else ""


class _Checker:
    """Rebuilds a parsed tree node by node from what the language allows."""

    def __init__(self, columns: Mapping[str, ColumnType]) -> None:
        self.columns = columns

    def typed(self, node: exp.Expr) -> _Typed:
        if any(value for part, value in node.args.items() if part not in _PARTS):
            raise self._refused(node)
        if isinstance(node, exp.Paren):
            inner = self.typed(node.this)
            return _Typed(exp.Paren(this=inner.expression), inner.type)
        if isinstance(node, exp.Column | exp.Literal | exp.Boolean | exp.Null | exp.Neg):
            return self._operand(node)
        if isinstance(node, (exp.Not, *_LOGIC)):
            return self._logic(node)
        if isinstance(node, _ARITHMETIC):
            return self._arithmetic(node)
        return self._comparison(node)

    def _operand(self, node: exp.Expr) -> _Typed:
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Null):
            return _Typed(exp.null(), None)
        if isinstance(node, exp.Boolean):
            return _Typed(node.copy(), ColumnType.BOOLEAN)
        if isinstance(node, exp.Neg):
            inner = self.typed(node.this)
            if inner.type not in _AMOUNTS:
                raise _no_number(node)
            return _Typed(exp.Neg(this=inner.expression), inner.type)
        if not node.is_string and not _NUMBER.fullmatch(node.name):
            raise FilterError(f"{_short(node.name)} is not a number of at most 19 digits and 9 decimals")
        return _Typed(node.copy(), ColumnType.TEXT if node.is_string else ColumnType.NUMBER)

    def _column(self, node: exp.Column) -> _Typed:
        if node.table or node.name not in self.columns:
            near = difflib.get_close_matches(node.name, self.columns, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(self.columns))}"
            raise FilterError(f"{_short(node.sql())} is not a column of this source; {hint}")
        return _Typed(exp.column(node.name, quoted=True), self.columns[node.name])

    def _logic(self, node: exp.Expr) -> _Typed:
        if isinstance(node, exp.Not):
            return _Typed(exp.not_(self._condition(node.this)), ColumnType.BOOLEAN)
        left, right = self._condition(node.this), self._condition(node.expression)
        return _Typed(type(node)(this=left, expression=right), ColumnType.BOOLEAN)

    def _condition(self, node: exp.Expr) -> exp.Expr:
        typed = self.typed(node)
        if typed.type is not ColumnType.BOOLEAN:
            raise FilterError(
                f"{_short(node.sql())} is not a condition; compare it with something, as in priority = 'P1'"
            )
        return typed.expression

    def _arithmetic(self, node: exp.Expr) -> _Typed:
        left, right = self.typed(node.this), self.typed(node.expression)
        kind = _result(type(node), left.type, right.type)
        if kind is None:
            raise _no_number(node)
        result = type(node)(this=left.expression, expression=right.expression)
        if self._decimals(result) > _MOST_DECIMALS:
            raise FilterError(f"{_short(node.sql())} multiplies more than two numbers")
        return _Typed(result, kind)

    def _decimals(self, node: exp.Expr) -> int:
        """The decimals that the engine keeps of a number."""
        match node:
            case exp.Column():
                return _DECIMALS if self.columns[node.name] is ColumnType.NUMBER else 0
            case exp.Mul():
                return self._decimals(node.this) + self._decimals(node.expression)
            case exp.Add() | exp.Sub():
                return max(self._decimals(node.this), self._decimals(node.expression))
            case exp.Literal():
                return len(node.name.partition(".")[2])
            case _:
                return self._decimals(node.this)

    def _comparison(self, node: exp.Expr) -> _Typed:
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return _Typed(exp.Is(this=self.typed(node.this).expression, expression=exp.null()), ColumnType.BOOLEAN)
        if isinstance(node, _COMPARISONS):
            left, right = self._matched(node, node.this, node.expression)
            return _Typed(type(node)(this=left, expression=right), ColumnType.BOOLEAN)
        if isinstance(node, exp.In) and node.expressions:
            this, *options = self._matched(node, node.this, *node.expressions)
            return _Typed(exp.In(this=this, expressions=options), ColumnType.BOOLEAN)
        if isinstance(node, exp.Between):
            this, low, high = self._matched(node, node.this, node.args["low"], node.args["high"])
            return _Typed(exp.Between(this=this, low=low, high=high), ColumnType.BOOLEAN)
        if isinstance(node, exp.Like) and self.typed(node.this).type is ColumnType.TEXT and node.expression.is_string:
            like = exp.Like(this=self.typed(node.this).expression, expression=node.expression.copy())
            return _Typed(exp.not_(like) if node.args.get("negate") else like, ColumnType.BOOLEAN)
        raise self._refused(node)

    def _refused(self, node: exp.Expr) -> FilterError:
        return FilterError(f"{_short(node.sql())} is not allowed here; an expression may hold {_GRAMMAR}")

    def _matched(self, node: exp.Expr, *sides: exp.Expr) -> list[exp.Expr]:
        """The sides of a comparison, with texts turned to the type of the column they stand beside."""
        typed = [self.typed(side) for side in sides]
        kinds = {side.type for side in typed} - {None}
        column = next((side.type for side in typed if side.expression.find(exp.Column)), None)
        if column is not None and ColumnType.TEXT in kinds and column in _NUMERIC:
            typed = [_coerced(side, column, node) for side in typed]
        elif len({kind in _NUMERIC or kind for kind in kinds}) > 1:
            raise FilterError(f"{_short(node.sql())} compares {' with '.join(sorted(str(kind) for kind in kinds))}")
        return [side.expression for side in typed]


def _coerced(side: _Typed, wanted: ColumnType, node: exp.Expr) -> _Typed:
    """A text beside a duration column reads as a length of time; beside other numbers it is a mistake."""
    if side.type is not ColumnType.TEXT:
        return side
    if wanted is not ColumnType.DURATION or not isinstance(side.expression, exp.Literal):
        mend = "write numbers without quotes" if wanted is ColumnType.NUMBER else "compare it with another such column"
        raise FilterError(f"{_short(node.sql())} compares a {wanted} with a text; {mend}")
    try:
        return _Typed(exp.Literal.number(parse_duration(side.expression.name)), ColumnType.DURATION)
    except ValueError as error:
        raise FilterError(f"{_short(node.sql())}: {error}") from None


def _result(operation: type[exp.Expr], left: ColumnType | None, right: ColumnType | None) -> ColumnType | None:
    """What a sum, difference or product of two types is; None where it means nothing."""
    if left not in _NUMERIC or right not in _NUMERIC:
        return None
    if {left, right} & _MOMENTS:
        if operation is exp.Sub and left in _MOMENTS:
            return ColumnType.DURATION if right in _MOMENTS else left
        return left if operation is exp.Add and right in _AMOUNTS else None
    if operation is exp.Mul and left is right is ColumnType.DURATION:
        return None
    return ColumnType.DURATION if ColumnType.DURATION in (left, right) else ColumnType.NUMBER


def _no_number(node: exp.Expr) -> FilterError:
    return FilterError(f"{_short(node.sql())} calculates with something that is not a number")
