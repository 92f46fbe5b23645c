-- one row per file that lay in landing when it was last looked at.
select
    name,
    size_bytes,
    modified_ns,
    sha256,
from raw.landed_files
order by name
