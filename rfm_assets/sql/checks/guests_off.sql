-- one row per business day whose guests do not add up to the ledger's lines without a customer.
with guests as (
    select
        invoiced_on,
        cast(sum(line_count) as bigint) as line_count,
        sum(amount) as amount,
    from clean.guests
    group by invoiced_on
)

select
    ledger.invoiced_on,
    ledger.missing_customer_lines as ledger_lines,
    coalesce(guests.line_count, 0) as guest_lines,
    ledger.missing_customer_amount as ledger_amount,
    coalesce(guests.amount, 0) as guest_amount,
from clean.ledger as ledger
left join guests
    on ledger.invoiced_on = guests.invoiced_on
where
    ledger.missing_customer_lines <> coalesce(guests.line_count, 0)
    or ledger.missing_customer_amount <> coalesce(guests.amount, 0)
order by ledger.invoiced_on
