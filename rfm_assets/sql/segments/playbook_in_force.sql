-- one row per name of the playbook that the newest promoted version gives.
with newest as (
    select max(model_version) as model_version,
    from model.versions
    where promoted
)

select
    playbook.segment,
    playbook.description,
    playbook.recommended_action,
from segments.playbook as playbook
inner join model.centroids as centroids
    on playbook.segment = centroids.segment
inner join newest
    on centroids.model_version = newest.model_version
order by playbook.segment
