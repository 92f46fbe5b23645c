-- one row per loaded file whose lines are not all in raw.transactions or raw.unreadable.
with lines as (
    select
        file_id,
        count(*) as line_count,
    from raw.transactions
    group by file_id
),

unreadable as (
    select
        file_id,
        count(*) as line_count,
    from raw.unreadable
    group by file_id
)

select
    files.name,
    files.line_count as lines_read,
    coalesce(lines.line_count, 0) as lines_stored,
    coalesce(unreadable.line_count, 0) as lines_unreadable,
from raw.files as files
left join lines
    on files.file_id = lines.file_id
left join unreadable
    on files.file_id = unreadable.file_id
where
    files.status = 'loaded'
    and (
        files.line_count <> coalesce(lines.line_count, 0) + coalesce(unreadable.line_count, 0)
        or files.unreadable_count <> coalesce(unreadable.line_count, 0)
    )
