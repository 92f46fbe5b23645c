-- one row per accepted line of a touched customer and product, numbered in the order in which returns find their sale.
-- A return is what has a quantity below zero.
select
    transactions.file_id,
    transactions.line_no,
    transactions.invoice_id,
    transactions.customer_id,
    transactions.stock_code,
    transactions.quantity,
    transactions.unit_price,
    cast(transactions.invoiced_at as date) as invoiced_on,
    dense_rank() over (order by transactions.customer_id, transactions.stock_code) as pair_no,
    -- Of the same moment, a return comes first: nothing is returned before it is sold.
    row_number() over (
        order by
            transactions.customer_id,
            transactions.stock_code,
            transactions.invoiced_at,
            transactions.quantity > 0,
            transactions.invoice_id,
            transactions.unit_price,
            transactions.quantity,
            transactions.file_id,
            transactions.line_no
    ) as event_no,
from numbered_lines as transactions
inner join touched_pairs
    on
        transactions.customer_id = touched_pairs.customer_id
        and transactions.stock_code is not distinct from touched_pairs.stock_code
