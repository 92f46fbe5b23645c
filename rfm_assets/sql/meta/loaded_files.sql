-- one row: how many files are loaded.
select count(*) as file_count,
from raw.files
where status = 'loaded'
