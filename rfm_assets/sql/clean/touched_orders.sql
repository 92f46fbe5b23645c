-- one row per order, as it stands, of a touched invoice.
select
    orders.invoice_id,
    orders.ordered_on,
    orders.last_on,
from clean.orders as orders
inner join touched_invoices
    on
        orders.invoice_number = touched_invoices.invoice_number
        and orders.invoice_id = touched_invoices.invoice_id
