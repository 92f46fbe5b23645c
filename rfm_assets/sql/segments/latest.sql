-- one row: the latest snapshot, empty when there is none.
select max(snapshot_on) as snapshot_on,
from segments.customers
