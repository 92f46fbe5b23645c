"""Records of any format into lines of raw: each one is loaded, or refused with the reason."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import duckdb

from rfm_assets.engines.base import REFUND_LINES
from rfm_assets.engines.duckdb.fields import Fields
from rfm_assets.engines.layout import BLANKS, Layout, Writing

NOTHING: Mapping[int, str] = MappingProxyType({})

# Rows have to stay in the file's order, in several threads too: DuckDB keeps it through SELECT and WHERE, not through a
# join, and `in (select …)` is one.
INSERT = """
insert into raw.transactions by name
with records as (
    {records}
),

fields as (
    select
        line_no,
        {fields}
    from records
),

lines as (
    select
        line_no,
        customer_id,
        stock_code,
        description,
        country,
        invoiced_at,
        {quantity} as quantity,
        {unit_price} as unit_price,
        {is_cancellation} as is_cancellation,
        {invoice_id} as invoice_id,
        is_left_out,
        line_id,
        refund_text,
        refund,
    from fields
)

select
    line_no,
    invoice_id,
    stock_code,
    description,
    quantity,
    invoiced_at,
    unit_price,
    customer_id,
    country,
    line_id,
    is_cancellation,
    cast(invoiced_at as date) as invoiced_on,
    $file_id as file_id,
from lines
"""

REFUNDS = """
union all
select
    $refund_lines + line_no as line_no,
    invoice_id || '-refund' as invoice_id,
    'REFUND' as stock_code,
    'Refund' as description,
    -1 as quantity,
    invoiced_at,
    refund as unit_price,
    customer_id,
    country,
    null as line_id,
    not is_left_out as is_cancellation,
    cast(invoiced_at as date) as invoiced_on,
    $file_id as file_id,
from lines
where refund_text is not null and refund is distinct from 0
"""

# The limits keep each amount within decimal(18, 4) and the sums of a hundred million such lines within decimal(28, 4).
REFUSE = """
select
    line_no % $refund_lines as number,
    arg_min(error, line_no) as error,
from (
    select
        line_no,
        case
            when invoiced_at is null then 'invoiced_at is missing or not written as the source says'
            when invoice_id is null or trim(invoice_id) = '' then 'invoice_id is missing'
            when contains(customer_id, '+') and regexp_full_match(trim(customer_id), $cut_short)
                then 'customer_id ' || trim(customer_id) || $several
            when contains(invoice_id, '+') and regexp_full_match(trim(invoice_id), $cut_short)
                then 'invoice_id ' || trim(invoice_id) || $several
            when quantity is null then 'quantity is missing or not a whole number'
            when unit_price is null and line_no > $refund_lines then 'the refund is no number with at most 4 decimals'
            when unit_price is null then $price_error
            when not isfinite(invoiced_at) or year(invoiced_at) not between 1900 and 2199
                then 'invoiced_at is outside the years 1900 to 2199'
            when quantity not between -1000000000 and 1000000000 then 'quantity is above 1,000,000,000'
            when abs(quantity * unit_price) >= 1000000000000 then 'quantity times unit_price is a trillion or more'
        end as error,
    from raw.transactions
    where file_id = $file_id
)
where error is not null
group by number
"""
CUT_SHORT = r"[0-9]([.,][0-9]+)?[eE][+][0-9]{2}"  # 447701123456 in Excel, and in what it saves as CSV: 4.47701E+11
SEVERAL = " was cut short by a spreadsheet, which writes others the same way: export the file again"
PRICE_ERROR = " is missing, not a number, or has more than 4 decimals or 14 digits before them"


def insert_lines(
    connection: duckdb.DuckDBPyConnection,
    records: str,
    layout: Layout,
    file_id: int,
    values: Mapping[str, object],
    types: Mapping[int, str] = NOTHING,
) -> None:
    """Append the lines of records to `raw.transactions`, those included that `refuse_lines` will take out.

    Args:
        connection: within a transaction.
        records: a SELECT of `line_no` and the fields as `c0` …: names come from positions, never from a file.
        layout: where our fields are in the records.
        file_id: of the lines.
        values: parameters of `records`.
        types: DuckDB's types of the fields that are not text, by position.

    Raises:
        duckdb.InvalidInputException: a line's currency is not the warehouse's.
    """
    fields = Fields(layout, types)
    columns = (
        f"{_customer(fields, layout.writing)} as customer_id",
        *(f"{fields.id_of(name)} as {name}" for name in ("stock_code", "invoice_id", "line_id")),
        f"{fields.text('description')} as description",
        f"coalesce({fields.text('country')}, $country) as country",
        f"{fields.timestamp('invoiced_at')} as invoiced_at",
        f"{fields.integer('quantity')} as quantity",
        f"{fields.money('amount' if fields.has('amount') else 'unit_price')} as money",
        f"{fields.money('refund')} as refund",
        f"{fields.text('refund')} as refund_text",
        f"{_is_among(fields, 'cancellation', layout.writing.cancellation_values)} as is_marked",
        f"{_is_among(fields, 'left_out', layout.writing.left_out_values)} as is_left_out",
    )
    statement = INSERT.format(records=records, fields=",\n        ".join(columns), **_derived(fields, layout.writing))
    if fields.has("refund"):
        statement += REFUNDS
        fields.values["refund_lines"] = REFUND_LINES
    used = {**values, **fields.values, "country": layout.writing.country, "file_id": file_id}
    connection.execute(statement, used).fetchall()


def refuse_lines(
    connection: duckdb.DuckDBPyConnection, file_id: int, layout: Layout, known: Mapping[int, str] = NOTHING
) -> dict[int, str]:
    """Take out the lines that hold no usable value, and return their numbers and what is wrong with each.

    Args:
        connection: within a transaction.
        file_id: of the lines.
        layout: that they were read by.
        known: what is wrong with lines for other reasons: they are taken out too, where they were loaded.
    """
    price = "amount" if "amount" in layout.positions else "unit_price"
    currency = ", or its currency is missing" if "currency" in layout.positions else ""
    values = {"file_id": file_id, "refund_lines": REFUND_LINES}
    errors_of = {"price_error": price + PRICE_ERROR + currency, "cut_short": CUT_SHORT, "several": SEVERAL}
    found = connection.execute(REFUSE, {**values, **errors_of}).fetchall()
    errors = {**dict(found), **known}
    if errors:
        connection.execute(
            "delete from raw.transactions"
            " where file_id = $file_id and line_no % $refund_lines in (select unnest($numbers))",
            {**values, "numbers": list(errors)},
        )
    return errors


def _derived(fields: Fields, writing: Writing) -> dict[str, str]:
    """Return what follows from the fields of the line: its quantity and price, whether it cancels, its invoice."""
    quantity, price = "quantity", "money"
    if fields.has("amount"):
        # A log of amounts: the amount survives exactly, also where it is no whole number of ten-thousandths a unit.
        is_negative = "(money < 0 or quantity < 0)"
        signed = f"(case when {is_negative} then {_negative(quantity)} else quantity end)"
        share = f"try_cast(round(abs(money / {signed}), 4) as decimal(18, 4))"
        divides = f"({signed} <> 0 and {share} * {signed} in (money, -money))"
        quantity = f"case when {divides} then {signed} when quantity is not null then if({is_negative}, -1, 1) end"
        price = f"case when {divides} then {share} else abs(money) end"
    if fields.has("cancellation"):
        quantity = f"case when is_marked then {_negative(quantity)} else {quantity} end"
    marks = ["is_marked"]
    if writing.cancellation_prefix:
        fields.values["prefix"] = writing.cancellation_prefix
        marks.append("starts_with(upper(trim(invoice_id)), upper($prefix))")
    if writing.negative_is_cancellation:
        marks.append(f"({quantity}) < 0")
    is_cancellation = f"({' or '.join(marks)})"
    if fields.has("left_out"):
        # Of an order that failed, many exports leave quantity and money empty.
        quantity, price = (f"coalesce({each}, if(is_left_out, 0, null))" for each in (quantity, price))
        # A return of something, or a sale of less than nothing: to clean that is an adjustment, whatever its quantity.
        is_cancellation = f"if(is_left_out, ({quantity}) > 0, {is_cancellation})"
    # What a customer bought on one day is one order, what was given back on it another.
    of_day = (
        "coalesce(trim(customer_id), '') || '-' || strftime(invoiced_at, '%Y%m%d')"
        f" || case when {is_cancellation} then '-return' else '' end"
    )
    invoice = "invoice_id" if fields.has("invoice_id") else of_day
    if fields.has("invoice_id") and fields.has("left_out"):  # an event that is no order has no number of one
        invoice = f"if(is_left_out and coalesce(trim(invoice_id), '') = '', {of_day}, invoice_id)"
    return {"quantity": quantity, "unit_price": price, "is_cancellation": is_cancellation, "invoice_id": invoice}


def _customer(fields: Fields, writing: Writing) -> str:
    """Return the expression of who bought: nobody that the shop knows, where the source's word for that stands."""
    customer = fields.id_of("customer_id")
    if not writing.guests:
        return customer
    return f"case when not {_is_one_of(fields, 'guest', customer, writing.guests)} then {customer} end"


def _is_among(fields: Fields, name: str, values: Sequence[str]) -> str:
    return _is_one_of(fields, name, fields.text(name), values) if fields.has(name) else "false"


def _is_one_of(fields: Fields, name: str, text: str, values: Sequence[str]) -> str:
    fields.values |= {f"{name}_values": [value.strip() for value in values], "blanks": BLANKS}
    # Both in DuckDB's lower case: Python's is another one, of İade and of a last sigma.
    marks = f"list_transform(${name}_values, lambda mark: lower(mark))"
    return f"coalesce(list_contains({marks}, lower(trim({text}, $blanks))), false)"


def _negative(quantity: str) -> str:
    # Not -abs(…): the smallest whole number has no positive one.
    return f"if({quantity} > 0, -({quantity}), {quantity})"
