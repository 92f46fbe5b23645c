-- one row per business day that passes now.
select
    invoiced_on,
    raw_version,
    rules,
from unchecked_days
