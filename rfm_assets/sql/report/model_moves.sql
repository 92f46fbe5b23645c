-- one row per snapshot at which customers changed segment because the model was fitted anew.
select
    snapshot_on,
    sum(customers) as customers,
from segments.moves
where
    cause = 'model'
    and snapshot_on <= cast($snapshot_on as date)
group by snapshot_on
order by snapshot_on
