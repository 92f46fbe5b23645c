-- one row: the fingerprint of a version as it is now, as segments.customers keeps it of the one that scored.
select
    substr(md5(string_agg(concat_ws(' ', segment, recency_z, frequency_z, monetary_z), '; ' order by segment)), 1, 12)
        as model_digest,
from model.centroids
where model_version = cast($model_version as date)
