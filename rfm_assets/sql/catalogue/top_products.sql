-- one row per segment of a snapshot and place up to the third: what was bought for most.
select
    segment,
    description,
    cast(amount as double) as amount,
    amount_share,
from segments.profile_products
where
    snapshot_on = cast($snapshot_on as date)
    and place <= 3
order by segment, place
