-- one row per business day whose raw lines changed since clean was last built.
select
    days.invoiced_on,
    days.version,
from raw.days as days
left join clean.ledger as ledger
    on days.invoiced_on = ledger.invoiced_on
where ledger.raw_version is distinct from days.version
