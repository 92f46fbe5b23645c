-- one row per new version of a file that lost over a tenth of the lines, the first day or the last one.
with versions as (
    select
        files.file_id,
        max(earlier.file_id) as replaced_id,
    from raw.files as files
    inner join unchecked_files
        on files.file_id = unchecked_files.file_id
    inner join raw.files as earlier
        on
            files.name = earlier.name
            and files.file_id > earlier.file_id
            and earlier.status = 'replaced'
    group by files.file_id
)

select
    files.name,
    replaced.line_count as lines_before,
    files.line_count as lines_now,
    replaced.first_on as first_day_before,
    files.first_on as first_day_now,
    replaced.last_on as last_day_before,
    files.last_on as last_day_now,
from versions
inner join raw.files as files
    on versions.file_id = files.file_id
inner join raw.files as replaced
    on versions.replaced_id = replaced.file_id
where
    files.line_count < 0.9 * replaced.line_count
    or coalesce(files.first_on > replaced.first_on, replaced.first_on is not null)
    or coalesce(files.last_on < replaced.last_on, replaced.last_on is not null)
order by files.name
