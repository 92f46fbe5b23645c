-- one row per touched invoice, or two, where lines of it are sold and others taken back.
select
    transactions.invoice_id,
    transactions.customer_id,
    transactions.line_kind as order_kind,
    min(transactions.invoiced_on) as ordered_on,
    cast(sum(transactions.amount) as decimal(28, 4)) as amount,
    count(*) as line_count,
    cast(sum(transactions.quantity) as bigint) as quantity,
    max(transactions.invoiced_on) as last_on,
    touched_invoices.invoice_number,
from clean.transactions as transactions
inner join order_days
    on transactions.invoiced_on = order_days.invoiced_on
inner join touched_invoices
    on transactions.invoice_id = touched_invoices.invoice_id
group by
    transactions.invoice_id,
    transactions.customer_id,
    transactions.line_kind,
    touched_invoices.invoice_number
