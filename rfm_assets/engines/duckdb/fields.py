"""Expressions that read the fields of a record: ids, whole numbers, money and moments, exactly or not at all."""

from collections.abc import Mapping
from decimal import Decimal

from rfm_assets.engines.layout import (
    A_NUMBER,
    BELOW_ZERO,
    ID_GLUE,
    IN_UTC,
    MOMENT_GLUE,
    NOT_OF_PART,
    OFFSET,
    SINCE_1970,
    UTC_MARK,
    Layout,
    between_thousands,
)

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
FLOATS = ("FLOAT", "DOUBLE")
# Of ten, such as spreadsheets write; a negative one could be rounded.
POWER = "([eE][+]?[0-9]{1,2})?"
OTHER_CURRENCY = "it holds amounts in "


class Fields:
    """The expressions that read a record's fields, and the parameters that they name."""

    def __init__(self, layout: Layout, types: Mapping[int, str]) -> None:
        self._layout = layout
        self._types = types
        self.values: dict[str, object] = {}

    def has(self, name: str) -> bool:
        """Return whether the file has a field."""
        return name in self._layout.positions

    def text(self, name: str) -> str:
        """Return the expression of a field as text, null when the file has none of it."""
        if not self.has(name):
            return "cast(null as varchar)"
        column = self._column(name)
        return column if self._type(name) == "VARCHAR" else f"cast({column} as varchar)"

    def id_of(self, name: str) -> str:
        """Return the expression of an id, as it came."""
        if not self.has(name) or self._is_joined(name):
            return self.text(name)
        return _as_id(self._column(name), self._type(name))

    def integer(self, name: str) -> str:
        """Return the expression of a whole number, null when it is none; 1 when the file has none of it."""
        if not self.has(name):
            return "cast(1 as bigint)"
        if self._type(name) in INTEGERS:
            return f"try_cast({self._column(name)} as bigint)"
        return self._number(name, "bigint", f"[+-]?{{whole}}([.]0*)?{POWER}")

    def money(self, name: str) -> str:
        """Return the expression of an amount of at most 4 decimals, null when it is none: it is never rounded."""
        decimal = "decimal(18, 4)"
        if not self.has(name):
            return f"cast(null as {decimal})"
        if self._type(name) in INTEGERS or self._type(name).startswith("DECIMAL"):
            column = self._column(name)
            # Compared in the column's own type, which holds what it holds.
            back = f"try_cast(try_cast({column} as {decimal}) as {self._type(name)})"
            number = f"case when {column} = {back} then try_cast({column} as {decimal}) end"
        else:
            pattern = f"[+-]?({{whole}}([.][0-9]{{0,4}}0*)?|[.][0-9]{{1,4}}0*){POWER}"
            number = self._number(name, decimal, pattern, self._layout.writing.currency_sign)
        if self._layout.writing.minor_unit:
            self.values["coin"] = Decimal(1).scaleb(-self._layout.writing.minor_unit)
            number = f"case when try_cast({number} * $coin as {decimal}) = {number} * $coin then {number} * $coin end"
        if not self.has("currency"):
            return number
        self.values["currency"] = self._layout.writing.currency
        found = f"upper(trim({self.text('currency')}))"
        return (
            f"case when {found} = $currency then {number}"
            f" when {found} <> '' then error('{OTHER_CURRENCY}' || {found} || ', the warehouse is in ' || $currency"
            " || '. Take these lines out, or set RFM_CURRENCY and use a warehouse of its own') end"
        )

    def timestamp(self, name: str) -> str:
        """Return the expression of a moment in shop time, null when it is none."""
        column, type_ = self._column(name), self._type(name)
        if type_ in IN_UTC:
            self.values["timezone"] = self._layout.writing.timezone
            return f"timezone($timezone, cast({column} as timestamptz))"
        if type_ == "DATE" or type_.startswith("TIMESTAMP"):
            return f"try_cast({column} as timestamp)"
        text, formats = self.text(name), self._layout.writing.timestamp_formats
        plain = [form for form in formats if "%z" not in form and form not in SINCE_1970]
        zoned = [form.replace("%z", "").strip() for form in formats if "%z" in form]
        tries = []
        if plain:
            self.values["formats"] = plain
            tries.append(f"try_strptime({text}, $formats)")
        if zoned:
            # Shop time is the time on the shop's clock.
            self.values["zoned_formats"] = zoned
            self.values["offset"] = OFFSET
            local = f"regexp_replace({text}, $offset, '\\1')"
            moment = f"try_strptime({local}, $zoned_formats)"
            if self._layout.writing.timezone != "UTC":  # what says that it is of no shop's clock
                self.values |= {"timezone": self._layout.writing.timezone, "utc_mark": UTC_MARK}
                of_shop = f"timezone($timezone, timezone('UTC', {moment}))"
                moment = f"case when regexp_matches({text}, $utc_mark) then {of_shop} else {moment} end"
            tries.append(moment)
        if per_second := next((SINCE_1970[form] for form in formats if form in SINCE_1970), None):
            self.values |= {"timezone": self._layout.writing.timezone, "a_number": A_NUMBER, "per_second": per_second}
            number = f"case when regexp_full_match(trim({text}), $a_number) then try_cast({text} as double) end"
            tries.append(f"timezone($timezone, try(to_timestamp({number} / $per_second)))")
        moment = f"coalesce({', '.join(tries)})"
        # To DuckDB the words epoch and infinity are a moment, under any format: of 1900 before its version 2.0.1, and
        # since then of 1970 and beyond every limit.
        words = "(timestamp '1900-01-01', timestamp '1970-01-01')"
        return f"case when {moment} not in {words} or regexp_matches({text}, '[0-9]') then {moment} end"

    def _number(self, name: str, type_: str, pattern: str, sign: str | None = None) -> str:
        is_text, writing = self._type(name) == "VARCHAR", self._layout.writing
        point, thousands = (writing.decimal, between_thousands(writing.thousands)) if is_text else (".", "")
        whole = f"([0-9]+|[0-9]{{1,3}}([{thousands}][0-9]{{3}})+)" if thousands else "[0-9]+"
        self.values[f"{name}_pattern"] = pattern.replace("[.]", f"[{point}]").replace("{whole}", whole)
        if thousands:
            self.values["thousands"] = thousands

        def read(text: str) -> str:
            if sign and is_text:
                blank = "[\\s\u00a0\u202f]*"
                self.values["sign"] = f"^([+-]?){blank}\\Q{sign}\\E{blank}|{blank}\\Q{sign}\\E$"
                text = f"regexp_replace({text}, $sign, '\\1')"
            plain = f"translate({text}, $thousands, '')" if thousands else text
            if point == ",":
                plain = f"replace({plain}, ',', '.')"
            return f"when regexp_full_match({text}, ${name}_pattern) then try_cast({plain} as {type_})"

        text = f"trim({self.text(name)})"
        if not is_text:
            return f"case {read(text)} end"
        self.values["below_zero"] = BELOW_ZERO
        within = f"trim(regexp_replace({text}, $below_zero, '\\1\\2'))"
        return f"case {read(text)} when regexp_matches({text}, $below_zero) then -(case {read(within)} end) end"

    def _column(self, name: str) -> str:
        column = self._own(name)
        if name not in self._layout.writing.order_fields:
            return column
        own = f"nullif(trim({column}), '')" if self._type(name) == "VARCHAR" else column
        order = f"trim(cast({self._own('invoice_id')} as varchar))"
        return (
            f"coalesce({own}, first_value({own} ignore nulls) over (partition by {order} order by line_no"
            " rows between unbounded preceding and unbounded following))"
        )

    def _own(self, name: str) -> str:
        """Return the expression of what the record itself has in a field: of several columns all have to be there."""
        positions = self._layout.positions[name]
        if not self._is_joined(name):
            return f"c{positions[0]}"
        parts = [(f"c{at}", self._types.get(at, "VARCHAR")) for at in positions]
        if name == "invoice_id":
            glue, texts = ID_GLUE, [_as_id(column, type_) for column, type_ in parts]
        else:
            glue, texts = MOMENT_GLUE, [f"regexp_replace({column}::varchar, $not_of_part, '')" for column, _ in parts]
            self.values["not_of_part"] = NOT_OF_PART
        return "(" + f" || '{glue}' || ".join(f"nullif(trim({text}), '')" for text in texts) + ")"

    def _is_joined(self, name: str) -> bool:
        return len(self._layout.positions[name]) > 1

    def _type(self, name: str) -> str:
        return "VARCHAR" if self._is_joined(name) else self._types.get(self._layout.positions[name][0], "VARCHAR")


def _as_id(column: str, type_: str) -> str:
    """Return the expression of an id in a column: a number by its digits."""
    text = column if type_ == "VARCHAR" else f"cast({column} as varchar)"
    if type_ in FLOATS or type_.startswith("DECIMAL"):
        whole = f"case when {column} = trunc({column}) then cast(try_cast({column} as hugeint) as varchar) end"
        # What is no number is how some programs write that nothing is there.
        is_there = f"isfinite({column})" if type_ in FLOATS else f"{column} is not null"
        return f"case when {is_there} then coalesce({whole}, {text}) end"
    # A spreadsheet writes the number 17850 as 17850.0.
    return (
        f"case when contains({text}, '.0') and regexp_full_match(trim({text}), '[0-9]+[.]0+')"
        f" then split_part(trim({text}), '.', 1) else {text} end"
    )
