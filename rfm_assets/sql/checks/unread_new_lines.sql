-- one row per file not checked yet whose lines are not all in raw.transactions or raw.unreadable.
with lines as (
    select
        transactions.file_id,
        count(*) as line_count,
    from raw.transactions as transactions
    inner join unchecked_files
        on transactions.file_id = unchecked_files.file_id
    group by transactions.file_id
),

unreadable as (
    select
        unreadable.file_id,
        count(*) as line_count,
    from raw.unreadable as unreadable
    inner join unchecked_files
        on unreadable.file_id = unchecked_files.file_id
    group by unreadable.file_id
)

select
    files.name,
    files.line_count as lines_read,
    coalesce(lines.line_count, 0) as lines_stored,
    coalesce(unreadable.line_count, 0) as lines_unreadable,
from raw.files as files
inner join unchecked_files
    on files.file_id = unchecked_files.file_id
left join lines
    on files.file_id = lines.file_id
left join unreadable
    on files.file_id = unreadable.file_id
where
    files.line_count <> coalesce(lines.line_count, 0) + coalesce(unreadable.line_count, 0)
    or files.unreadable_count <> coalesce(unreadable.line_count, 0)
