-- one row per business day that the file being loaded touches.
select
    invoiced_on,
    version,
from file_days
