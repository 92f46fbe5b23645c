-- one row per customer and product with a line on a touched day, before or after, and a return then or later.
-- No other return can find another sale now.
with accepted as (
    select
        trim(customer_id) as customer_id,
        nullif(trim(stock_code), '') as stock_code,
        invoiced_on,
        line_kind,
    from classified
    where reason is null
),

lines as (
    select
        customer_id,
        stock_code,
        invoiced_on,
    from accepted
    union all
    select
        transactions.customer_id,
        transactions.stock_code,
        transactions.invoiced_on,
    from clean.transactions as transactions
    inner join touched_days
        on transactions.invoiced_on = touched_days.invoiced_on
),

touched as (
    select
        customer_id,
        stock_code,
        min(invoiced_on) as first_on,
    from lines
    group by customer_id, stock_code
),

returned as (
    select
        customer_id,
        stock_code,
        returned_on,
    from clean.returns
    where returned_on >= (select min(touched_days.invoiced_on), from touched_days)
    union all
    select
        customer_id,
        stock_code,
        invoiced_on as returned_on,
    from accepted
    where line_kind = 'return'
)

select distinct
    touched.customer_id,
    touched.stock_code,
    coalesce(
        try_cast(touched.customer_id as bigint),
        try_cast('0x' || left(md5(touched.customer_id), 8) as bigint),
        0
    ) as customer_number,
from touched
inner join returned
    on
        touched.customer_id = returned.customer_id
        and touched.stock_code is not distinct from returned.stock_code
        and touched.first_on <= returned.returned_on
