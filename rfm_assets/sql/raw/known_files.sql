-- one row per file version ever loaded.
select
    file_id,
    name,
    sha256,
    status,
    line_count,
    unreadable_count,
    first_on,
    last_on,
    source,
    error,
    currency,
    timezone,
    source_digest,
from raw.files
order by file_id
