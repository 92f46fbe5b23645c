-- one row per target of the last validation up to the snapshot: how well it could be foretold.
with latest as (
    select max(snapshot_on) as snapshot_on,
    from validation.predictions
    where snapshot_on <= cast($snapshot_on as date)
)

select
    predictions.target,
    predictions.customers_tested,
    predictions.accuracy,
    predictions.auc,
    predictions.largest_share,
    predictions.stay_share,
from validation.predictions as predictions
inner join latest
    on predictions.snapshot_on = latest.snapshot_on
order by predictions.target
