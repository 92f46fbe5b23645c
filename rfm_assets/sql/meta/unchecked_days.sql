-- one row per business day that did not pass the checks of clean since it was last built.
select
    ledger.invoiced_on,
    ledger.raw_version,
    ledger.rules,
from clean.ledger as ledger
left join meta.checked_days as checked_days
    on
        ledger.invoiced_on = checked_days.invoiced_on
        and ledger.raw_version = checked_days.raw_version
        and ledger.rules = checked_days.rules
where checked_days.invoiced_on is null
