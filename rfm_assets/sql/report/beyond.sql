-- one row: what came back, up to the snapshot, from people who are no customers of it.
select cast(coalesce(sum(-lines.amount), 0) as decimal(28, 4)) as returned,
from clean.transactions as lines
left join rfm.customers as customers
    on
        lines.customer_id = customers.customer_id
        and customers.snapshot_on = cast($snapshot_on as date)
where
    lines.line_kind = 'return'
    and lines.invoiced_on <= cast($snapshot_on as date)
    and customers.customer_id is null
