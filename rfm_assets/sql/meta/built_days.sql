-- one row: how many business days are in the ledger.
select count(*) as in_all,
from clean.ledger
