-- one row per snapshot: how many customers changed segment there because the model was fitted anew, and not since.
with latest as (
    select
        customer_id,
        max(snapshot_on) as snapshot_on,
    from segments.customer_moves
    where
        cause = 'model'
        and snapshot_on <= cast($snapshot_on as date)
    group by customer_id
)

select
    snapshot_on,
    count(*) as customers,
from latest
group by snapshot_on
order by snapshot_on
