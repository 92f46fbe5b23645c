-- one row per loaded file whose lines are not all in raw.transactions or raw.unreadable.
with counts as (
    select
        file_id,
        count(*) as line_count,
        cast(0 as bigint) as unreadable_count,
    from raw.transactions
    group by file_id
    union all
    select
        file_id,
        cast(0 as bigint) as line_count,
        count(*) as unreadable_count,
    from raw.unreadable
    group by file_id
),

sums as (
    select
        file_id,
        sum(line_count) as line_count,
        sum(unreadable_count) as unreadable_count,
    from counts
    group by file_id
)

select
    files.name,
    files.line_count as lines_read,
    coalesce(sums.line_count, 0) as lines_stored,
    coalesce(sums.unreadable_count, 0) as lines_unreadable,
from raw.files as files
left join sums
    on files.file_id = sums.file_id
where
    files.status = 'loaded'
    and (
        files.line_count <> coalesce(sums.line_count, 0) + coalesce(sums.unreadable_count, 0)
        or files.unreadable_count <> coalesce(sums.unreadable_count, 0)
    )
