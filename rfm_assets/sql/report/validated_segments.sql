-- one row per segment of the last validation up to the snapshot: what its customers did after the cut.
with latest as (
    select max(snapshot_on) as snapshot_on,
    from validation.segments
    where snapshot_on <= cast($snapshot_on as date)
)

select
    segments.snapshot_on,
    segments.cut_on,
    segments.segment,
    segments.customers,
    segments.bought_again_share,
    segments.bought_again_share_low,
    segments.bought_again_share_high,
    segments.mean_orders,
    segments.mean_monetary,
    segments.mean_monetary_low,
    segments.mean_monetary_high,
from validation.segments as segments
inner join latest
    on segments.snapshot_on = latest.snapshot_on
order by segments.bought_again_share desc, segments.segment asc
