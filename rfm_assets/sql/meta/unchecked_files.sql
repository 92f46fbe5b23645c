-- one row per loaded file whose lines did not pass the checks of raw yet.
select files.file_id,
from raw.files as files
left join meta.checked_files as checked_files
    on files.file_id = checked_files.file_id
where
    files.status = 'loaded'
    and checked_files.file_id is null
