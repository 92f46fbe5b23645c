-- one row per product of those returned for most, and how much of it is linked to the sale that it undoes.
with names as (
    select
        stock_code,
        arg_max(description, invoiced_at) as description,
    from clean.transactions
    where
        line_kind = 'return'
        and invoiced_on <= cast($snapshot_on as date)
    group by stock_code
),

products as (
    select
        stock_code,
        cast(sum(-amount) as decimal(28, 4)) as returned,
        cast(sum(quantity) as bigint) as quantity,
        cast(coalesce(sum(-amount) filter (where sale_invoice_id is not null), 0) as decimal(28, 4)) as linked,
    from clean.returns
    where returned_on <= cast($snapshot_on as date)
    group by stock_code
    order by sum(-amount) desc, stock_code asc
    limit cast($shown as bigint)
)

select
    products.stock_code,
    names.description,
    products.returned,
    products.quantity,
    products.linked,
from products
left join names
    on products.stock_code is not distinct from names.stock_code
order by products.returned desc, products.stock_code asc
