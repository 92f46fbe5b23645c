-- one row per product code whose lines are left out.
select
    code,
    meaning,
from raw.excluded_codes
