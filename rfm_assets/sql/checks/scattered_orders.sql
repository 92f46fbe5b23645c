-- one row per order whose last line is more than a day later than its first.
select
    invoice_id,
    customer_id,
    order_kind,
    ordered_on,
    last_on,
    amount,
from clean.orders
where date_diff('day', ordered_on, last_on) > 1
order by ordered_on, invoice_id, customer_id
