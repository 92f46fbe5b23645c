-- one row: the highest number given to a file version or to a change of what is left out.
select coalesce(max(version), 0) as version,
from (
    select max(file_id) as version,
    from raw.files
    union all
    select max(version) as version,
    from raw.days
) as numbers
