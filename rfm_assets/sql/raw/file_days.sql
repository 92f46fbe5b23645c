-- one row per business day on which a file version, or the one that it replaces, has lines.
select distinct
    invoiced_on,
    cast($file_id as bigint) as version,
from raw.transactions
where file_id in ($file_id, $replaced_id)
