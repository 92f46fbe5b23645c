-- one row per file that passes now.
select file_id,
from unchecked_files
