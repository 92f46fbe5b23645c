-- one row per new file with lines that could not be read, and the first of them.
select
    files.name,
    files.unreadable_count as lines_unreadable,
    files.line_count as lines_read,
    min(unreadable.line_no) as first_line_no,
    min_by(unreadable.error, unreadable.line_no) as first_error,
from raw.files as files
inner join unchecked_files
    on files.file_id = unchecked_files.file_id
inner join raw.unreadable as unreadable
    on files.file_id = unreadable.file_id
where files.status = 'loaded'
group by
    files.file_id,
    files.name,
    files.unreadable_count,
    files.line_count
order by files.file_id
