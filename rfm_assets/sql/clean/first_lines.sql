-- one row per line of the first few of the touched days, with its class.
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
    coalesce(reason, line_kind) as line_class,
from classified
order by line_no
limit $shown
