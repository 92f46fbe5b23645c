-- one row: the version that scores the last snapshot, when it was promoted although it renamed too many customers.
select
    model_version,
    agreement,
    reason,
from model.versions
where
    model_version = (
        select max(every_version.model_version),
        from model.versions as every_version
        where
            every_version.promoted
            and every_version.model_version <= cast($last_snapshot as date)
    )
    and agreement < $min_agreement
