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
    and (
        not promoted
        -- A first version is promoted all the same, for there is none before it.
        or model_version in (
            select candidates.model_version,
            from model.candidates as candidates
            where
                candidates.is_chosen
                and not candidates.is_admissible
        )
    )
