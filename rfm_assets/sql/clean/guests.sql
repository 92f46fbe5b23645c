-- one row per touched business day and country: what was bought and brought back without a customer id.
with lines as (
    select
        *,
        line_kind = 'sale' and quantity > 0 and unit_price > 0 and not is_excluded as is_sold,
    from classified
    where reason = 'missing_customer'
)

select
    invoiced_on,
    nullif(trim(country), '') as country,
    count(*) as line_count,
    count(distinct trim(invoice_id)) filter (where is_sold) as order_count,
    cast(coalesce(sum(amount) filter (where is_sold), 0) as decimal(28, 4)) as sales,
    cast(sum(amount) as decimal(28, 4)) as amount,
from lines
group by invoiced_on, nullif(trim(country), '')
