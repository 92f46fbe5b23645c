-- one row per line of the touched days that an earlier file holds too.
select
    file_id,
    line_no,
    invoiced_on,
    amount,
from classified
where reason = 'copy'
