-- one row per name of the playbook that the newest promoted version gives, or that the latest snapshot has.
with newest as (
    select max(model_version) as model_version,
    from model.versions
    where promoted
),

latest as (
    select max(snapshot_on) as snapshot_on,
    from segments.customers
),

in_use as (
    select centroids.segment,
    from model.centroids as centroids
    inner join newest
        on centroids.model_version = newest.model_version
    union distinct
    select customers.segment,
    from segments.customers as customers
    inner join latest
        on customers.snapshot_on = latest.snapshot_on
)

select
    playbook.segment,
    playbook.description,
    playbook.recommended_action,
from segments.playbook as playbook
inner join in_use
    on playbook.segment = in_use.segment
order by playbook.segment
