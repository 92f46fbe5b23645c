-- one row per segment that has customers, or could have: a list that is empty today says so.
with used as (
    select
        segment,
        model_version,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
    group by segment, model_version
)

select segment,
from used
union
select centroids.segment,
from model.centroids as centroids
inner join used
    on centroids.model_version = used.model_version
order by segment
