-- one row per segment of the version that scores the last snapshot, when it is far from what its name stands for.
-- The shipped prototypes are about one standard deviation apart: beyond 1.25 a cluster is like none of them.
select
    model_version,
    segment,
    name_distance,
from model.centroids
where
    model_version = (
        select max(versions.model_version),
        from model.versions as versions
        where
            versions.promoted
            and versions.model_version <= cast($last_snapshot as date)
    )
    and name_distance > 1.25
order by segment
