-- one row per business day with a line of a code that came onto the list of those left out, or went from it.
select distinct
    transactions.invoiced_on,
    cast($version as bigint) as version,
from raw.transactions as transactions
inner join codes_changed
    on upper(trim(transactions.stock_code)) = codes_changed.code
