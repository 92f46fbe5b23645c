-- one row if the newest model version on or before the last snapshot of the range was not promoted.
select
    model_version,
    reason,
from model.versions
where
    model_version = (
        select max(every_version.model_version),
        from model.versions as every_version
        where every_version.model_version <= cast($last_snapshot as date)
    )
    and not promoted
