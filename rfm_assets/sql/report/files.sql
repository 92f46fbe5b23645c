-- one row: the files that count.
select
    count(*) as files,
    cast(coalesce(sum(line_count), 0) as bigint) as line_count,
    cast(coalesce(sum(unreadable_count), 0) as bigint) as unreadable_count,
from raw.files
where status = 'loaded'
