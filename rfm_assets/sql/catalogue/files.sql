-- one row per file version, the newest first.
select
    name,
    status,
    line_count,
    unreadable_count,
    first_on,
    last_on,
from raw.files
order by file_id desc
limit 20
