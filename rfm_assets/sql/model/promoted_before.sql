-- one row: the newest version promoted before a day; none where there is none.
select
    model_version,
    settings,
from model.versions
where
    promoted
    and model_version < cast($model_version as date)
order by model_version desc
limit 1
