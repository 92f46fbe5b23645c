-- one row: what a file version holds.
select
    count(*) as readable_count,
    min(invoiced_on) as first_on,
    max(invoiced_on) as last_on,
from raw.transactions
where file_id = $file_id
