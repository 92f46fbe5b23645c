-- one row: how many files are loaded.
select count(*) as in_all,
from raw.files
where status = 'loaded'
