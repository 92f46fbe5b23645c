-- one row if the newest model version on or before the last snapshot of the range missed its gates.
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
    -- A first version that missed them scores, for there is none before it.
    and (not promoted or reason like '%promoted all the same%')
