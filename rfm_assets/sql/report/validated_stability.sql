-- one row per labelling of the last replay up to the snapshot: how many customers keep their label from day to day.
with latest as (
    select max(snapshot_on) as snapshot_on,
    from validation.stability
    where snapshot_on <= cast($snapshot_on as date)
)

select
    stability.snapshot_on,
    stability.labelling,
    count(*) as days,
    avg(stability.agreement) as mean_agreement,
    min(stability.agreement) as least_agreement,
    cast(coalesce(sum(case when stability.is_permuted then 1 else 0 end), 0) as bigint) as permuted_days,
from validation.stability as stability
inner join latest
    on stability.snapshot_on = latest.snapshot_on
group by stability.snapshot_on, stability.labelling
order by stability.labelling
