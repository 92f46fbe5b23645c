-- one row per segment and place: the products that the customers of the snapshot bought, and kept, for most.
select
    segment,
    place,
    stock_code,
    description,
    amount,
    amount_share,
    quantity,
from segments.profile_products
where
    snapshot_on = cast($snapshot_on as date)
    and place <= 5
order by segment, place
