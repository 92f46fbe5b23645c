-- one row per customer of the lines within 1.5 interquartile ranges of the quartiles of quantity and of price.
-- Duplicates and cancellations are among them. Money is summed in floats in the order of the file, as notebooks do:
-- two customers whose lines cancel out end at some 1e-14 instead of 0, and the recipe keeps all that is above 0.
with customer_lines as (
    select
        file_id,
        line_no,
        customer_id,
        invoice_id,
        invoiced_at,
        quantity,
        unit_price,
    from raw.transactions
    where customer_id is not null
),

quartiles as (
    select
        quantile_cont(cast(quantity as double), 0.25) as quantity_low,
        quantile_cont(cast(quantity as double), 0.75) as quantity_high,
        quantile_cont(cast(unit_price as double), 0.25) as price_low,
        quantile_cont(cast(unit_price as double), 0.75) as price_high,
    from customer_lines
),

kept as (
    select
        customer_lines.file_id,
        customer_lines.line_no,
        customer_lines.customer_id,
        customer_lines.invoice_id,
        customer_lines.invoiced_at,
        customer_lines.quantity,
        customer_lines.unit_price,
        max(customer_lines.invoiced_at) over () as last_at,
    from customer_lines
    cross join quartiles
    where
        customer_lines.quantity
        between quartiles.quantity_low - 1.5 * (quartiles.quantity_high - quartiles.quantity_low)
        and quartiles.quantity_high + 1.5 * (quartiles.quantity_high - quartiles.quantity_low)
        and customer_lines.unit_price
        between quartiles.price_low - 1.5 * (quartiles.price_high - quartiles.price_low)
        and quartiles.price_high + 1.5 * (quartiles.price_high - quartiles.price_low)
)

select
    floor(epoch(last_at - max(invoiced_at)) / 86400) as recency,
    count(distinct invoice_id) as frequency,
    sum(quantity * cast(unit_price as double) order by file_id, line_no) as monetary,
    sum(quantity * unit_price) as exact_monetary,
    count(*) as lines,
from kept
group by customer_id, last_at
order by customer_id
