-- one row: the snapshot that segments.reasons is of, empty when there is none.
select max(snapshot_on) as snapshot_on,
from segments.reasons
