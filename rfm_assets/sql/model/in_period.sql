-- one row: the period's versions fitted with these settings, and the versions promoted before the period.
select
    count(*) filter (
        where
        model_version between cast($first_on as date) and cast($last_on as date)
        and settings = $fingerprint
    ) as in_period,
    count(*) filter (
        where
        promoted
        and model_version < cast($first_on as date)
    ) as promoted_before,
from model.versions
