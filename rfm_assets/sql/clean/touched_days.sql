-- one row per business day whose raw lines, or the rules they are classed by, changed since clean was last built.
select
    days.invoiced_on,
    days.version,
    cast($rules as varchar) as rules,
from raw.days as days
left join clean.ledger as ledger
    on days.invoiced_on = ledger.invoiced_on
where
    ledger.raw_version is distinct from days.version
    or ledger.rules is distinct from cast($rules as varchar)
