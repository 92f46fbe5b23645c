-- one row: the day of the last sale on or before the snapshot, empty when there is none.
select max(ordered_on) as last_on,
from clean.orders
where
    order_kind = 'sale'
    and ordered_on <= cast($snapshot_on as date)
