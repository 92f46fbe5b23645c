-- one row: how many business days are in the ledger.
select count(*) as day_count,
from clean.ledger
