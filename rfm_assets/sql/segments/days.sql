-- one row per snapshot that has segments.
select distinct snapshot_on,
from segments.customers
