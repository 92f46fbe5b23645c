-- one row per return line of a touched customer and product.
select
    returns.file_id,
    returns.line_no,
    returns.invoice_id,
    returns.customer_id,
    returns.stock_code,
    returns.invoiced_on as returned_on,
    -returns.quantity as quantity,
    cast(returns.quantity * returns.unit_price as decimal(18, 4)) as amount,
    sales.invoice_id as sale_invoice_id,
    sales.invoiced_on as sold_on,
    cast(-returns.quantity * sales.unit_price as decimal(18, 4)) as sale_amount,
from pair_lines as returns
left join return_matches as matches
    on returns.event_no = matches.return_no
left join pair_lines as sales
    on matches.sale_no = sales.event_no
where returns.quantity < 0
