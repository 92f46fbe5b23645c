-- one row per file that failed as a whole.
select
    name,
    error,
from raw.files
where status = 'failed'
order by name
