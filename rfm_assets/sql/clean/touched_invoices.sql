-- one row per invoice that had or has an accepted line on a touched day.
select trim(classified.invoice_id) as invoice_id,
from classified
where classified.reason is null
union distinct
select transactions.invoice_id,
from clean.transactions as transactions
inner join touched_days
    on transactions.invoiced_on = touched_days.invoiced_on
