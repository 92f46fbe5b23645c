-- one row: the snapshot, and the orders that rfm.customers has it from.
with known as (
    select
        cast(coalesce(sum(order_count), 0) as bigint) as order_count,
        cast(coalesce(sum(amount), 0) as decimal(28, 4)) as amount,
        cast(coalesce(sum(order_checksum), 0) as decimal(38, 0)) as order_checksum,
        cast(coalesce(sum(return_checksum), 0) as decimal(38, 0)) as return_checksum,
    from clean.daily_orders
    where ordered_on <= cast($snapshot_on as date)
)

select
    cast($snapshot_on as date) as snapshot_on,
    cast($monetary as varchar) as monetary,
    order_count,
    amount,
    -- Which sale a return is of matters only where it takes the sale away.
    concat_ws(
        ' ',
        cast($monetary as varchar),
        cast(order_checksum as varchar),
        case when $monetary = 'matched' then cast(return_checksum as varchar) end
    ) as built_from,
from known
