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
    nullif(trim(country), '') as country,
    coalesce(
        try_cast(trim(customer_id) as bigint),
        try_cast('0x' || left(md5(trim(customer_id)), 8) as bigint),
        0
    ) as customer_number,
from classified
where reason is null
