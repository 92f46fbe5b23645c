-- one row per changed day with orders or linked returns, and a checksum of all in them that a snapshot is made of.
-- Eighteen digits of each row's MD5, its letters made digits, added up: the same in whatever order rows come.
with orders as (
    select
        orders.ordered_on,
        orders.amount,
        concat_ws(
            '|',
            cast(orders.ordered_on as varchar),
            orders.invoice_id,
            orders.customer_id,
            orders.order_kind,
            cast(orders.amount as varchar),
            cast(orders.quantity as varchar)
        ) as content,
    from clean.orders as orders
    inner join changed_days
        on orders.ordered_on = changed_days.ordered_on
),

returns as (
    select
        returns.returned_on,
        concat_ws(
            '|',
            returns.customer_id,
            returns.sale_invoice_id,
            cast(returns.quantity as varchar),
            cast(returns.sale_amount as varchar),
            cast(returns.amount as varchar)
        ) as content,
    from clean.returns as returns
    inner join changed_days
        on returns.returned_on = changed_days.ordered_on
    where returns.sale_invoice_id is not null
),

rows_of_days as (
    select
        ordered_on,
        1 as order_count,
        cast(amount as decimal(28, 4)) as amount,
        cast(translate(substr(md5(content), 1, 18), 'abcdef', '012345') as decimal(38, 0)) as order_checksum,
        cast(0 as decimal(38, 0)) as return_checksum,
    from orders
    union all
    select
        returned_on as ordered_on,
        0 as order_count,
        cast(0 as decimal(28, 4)) as amount,
        cast(0 as decimal(38, 0)) as order_checksum,
        cast(translate(substr(md5(content), 1, 18), 'abcdef', '012345') as decimal(38, 0)) as return_checksum,
    from returns
)

select
    ordered_on,
    cast(sum(order_count) as bigint) as order_count,
    cast(sum(amount) as decimal(28, 4)) as amount,
    cast(sum(order_checksum) as decimal(38, 0)) as order_checksum,
    cast(sum(return_checksum) as decimal(38, 0)) as return_checksum,
from rows_of_days
group by ordered_on
