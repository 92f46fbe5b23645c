-- one row per labelling of the last replay up to the snapshot: how many customers keep their label from day to day.
with latest as (
    select max(snapshot_on) as snapshot_on,
    from validation.stability
    where snapshot_on <= cast($snapshot_on as date)
)

select
    stability.labelling,
    count(*) as days,
    avg(stability.agreement) as mean_agreement,
    min(stability.agreement) as least_agreement,
from validation.stability as stability
inner join latest
    on stability.snapshot_on = latest.snapshot_on
group by stability.snapshot_on, stability.labelling
order by stability.labelling
