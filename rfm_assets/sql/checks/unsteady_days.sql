-- one row per snapshot in the range and day of its replay on which our names changed for too many, or were permuted.
select
    snapshot_on,
    day_on,
    agreement,
    is_permuted,
    is_refitted,
from validation.stability
where
    snapshot_on between cast($first_snapshot as date) and cast($last_snapshot as date)
    and labelling = 'frozen'
    and (agreement < cast($min_daily_agreement as double) or is_permuted)
order by snapshot_on, day_on
