-- one row per file that counts, of those loaded last.
select
    name,
    sha256,
    line_count,
    unreadable_count,
    first_on,
    last_on,
from raw.files
where status = 'loaded'
order by file_id desc
limit cast($shown as bigint)
