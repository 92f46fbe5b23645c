-- one row per invoice that had or has a line on a touched day.
select
    transactions.invoice_id,
    transactions.customer_id,
    transactions.line_kind as order_kind,
    min(transactions.invoiced_on) as ordered_on,
    cast(sum(transactions.amount) as decimal(28, 4)) as amount,
    count(*) as line_count,
from clean.transactions as transactions
inner join touched_invoices
    on transactions.invoice_id = touched_invoices.invoice_id
group by
    transactions.invoice_id,
    transactions.customer_id,
    transactions.line_kind
