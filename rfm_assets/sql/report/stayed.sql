-- one row per segment: its customers of the snapshot who were in it in the snapshot before, too.
select
    segment,
    count(*) as customers,
from segments.customers
where
    snapshot_on = cast($snapshot_on as date)
    and previous_segment = segment
group by segment
order by segment
