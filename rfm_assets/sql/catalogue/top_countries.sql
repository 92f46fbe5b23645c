-- one row per segment of a snapshot and place up to the third: where was bought for most.
select
    segment,
    country,
    customers,
    amount_share,
from segments.profile_countries
where
    snapshot_on = cast($snapshot_on as date)
    and place <= 3
order by segment, place
