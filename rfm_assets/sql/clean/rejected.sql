-- one row per rejected line of the touched days.
select
    file_id,
    line_no,
    invoice_id,
    stock_code,
    description,
    quantity,
    invoiced_at,
    unit_price,
    customer_id,
    country,
    invoiced_on,
    reason,
from classified
where reason <> 'copy'
