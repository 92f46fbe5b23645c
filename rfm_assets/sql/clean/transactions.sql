-- one row per accepted line of the touched days.
select
    file_id,
    line_no,
    trim(invoice_id) as invoice_id,
    line_kind,
    trim(customer_id) as customer_id,
    invoiced_at,
    invoiced_on,
    nullif(trim(stock_code), '') as stock_code,
    coalesce(nullif(trim(description), ''), 'Unknown') as description,
    quantity,
    unit_price,
    amount,
    trim(country) as country,
from classified
where reason is null
