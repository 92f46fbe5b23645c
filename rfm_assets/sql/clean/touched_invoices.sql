-- one row per invoice that had or has an accepted line on a touched day.
with invoices as (
    select trim(classified.invoice_id) as invoice_id,
    from classified
    where classified.reason is null
    union distinct
    select transactions.invoice_id,
    from clean.transactions as transactions
    inner join touched_days
        on transactions.invoiced_on = touched_days.invoiced_on
)

select
    invoice_id,
    coalesce(try_cast(regexp_replace(invoice_id, '[^0-9]', '', 'g') as bigint), 0) as invoice_number,
from invoices
