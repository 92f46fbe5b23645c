-- one row per customer and product with a line on a touched day, before or after, and a return on any day.
with accepted as (
    select
        trim(customer_id) as customer_id,
        trim(stock_code) as stock_code,
        line_kind,
    from classified
    where reason is null
),

touched as (
    select
        customer_id,
        stock_code,
    from accepted
    union distinct
    select
        transactions.customer_id,
        transactions.stock_code,
    from clean.transactions as transactions
    inner join touched_days
        on transactions.invoiced_on = touched_days.invoiced_on
),

returned as (
    select
        customer_id,
        stock_code,
    from clean.returns
    union distinct
    select
        customer_id,
        stock_code,
    from accepted
    where line_kind = 'return'
)

select
    touched.customer_id,
    touched.stock_code,
from touched
inner join returned
    on
        touched.customer_id = returned.customer_id
        and touched.stock_code is not distinct from returned.stock_code
