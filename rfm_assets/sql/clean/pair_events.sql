-- one row per line of a customer and a product that has one, in order: what matching needs to know of it.
select
    event_no,
    pair_no,
    quantity < 0 as is_return,
    abs(quantity) as quantity,
from pair_lines
where stock_code is not null
order by event_no
