-- one row per day whose orders or linked returns may have changed.
select invoiced_on as ordered_on,
from order_days
union distinct
select returns.returned_on as ordered_on,
from clean.returns as returns
inner join touched_pairs
    on
        returns.customer_id = touched_pairs.customer_id
        and returns.stock_code is not distinct from touched_pairs.stock_code
