-- one row per snapshot and customer who moved, each with its one cause; a customer who stays in a segment is not in it.
with today as (
    select
        segments.customer_id,
        segments.segment,
        segments.unmoved_segment,
        rfm.recency_days,
        rfm.frequency,
        rfm.monetary,
        rfm.gross_sales,
        rfm.returned,
    from segments.customers as segments
    inner join rfm.customers as rfm
        on
            segments.snapshot_on = rfm.snapshot_on
            and segments.customer_id = rfm.customer_id
    where segments.snapshot_on = cast($snapshot_on as date)
),

before as (
    select max(previous_snapshot_on) as snapshot_on,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
),

-- The numbers that made the segment; those of rfm.customers may have been built again since.
previous as (
    select
        segments.customer_id,
        segments.segment,
        segments.recency_days,
        segments.frequency,
        segments.monetary,
        rfm.gross_sales,
        rfm.returned,
        rfm.monetary = segments.monetary as is_as_scored,
    from before
    inner join segments.customers as segments
        on before.snapshot_on = segments.snapshot_on
    left join rfm.customers as rfm
        on
            segments.snapshot_on = rfm.snapshot_on
            and segments.customer_id = rfm.customer_id
),

new_orders as (
    select
        orders.customer_id,
        count(*) filter (where orders.order_kind = 'sale') as sale_count,
        count(*) filter (where orders.order_kind = 'return') as return_count,
        coalesce(sum(orders.amount) filter (where orders.order_kind = 'sale'), 0) as sold,
        coalesce(-sum(orders.amount) filter (where orders.order_kind = 'return'), 0) as returned,
    from clean.orders as orders
    inner join before
        on orders.ordered_on > before.snapshot_on
    where orders.ordered_on <= cast($snapshot_on as date)
    group by orders.customer_id
),

-- What today's numbers would be had nobody touched the past: the previous ones plus the new orders.
compared as (
    select
        coalesce(today.customer_id, previous.customer_id) as customer_id,
        previous.customer_id is not null as was_there,
        today.customer_id is not null as is_there,
        previous.segment as from_segment,
        today.segment as to_segment,
        today.unmoved_segment,
        new_orders.customer_id is not null as has_new_orders,
        previous.is_as_scored
        and today.gross_sales = previous.gross_sales + coalesce(new_orders.sold, 0)
        and today.returned = previous.returned + coalesce(new_orders.returned, 0)
        -- A new return can take an order away that was there before, where RFM_MONETARY is matched. Without one, money
        -- grows by what was sold whatever RFM_MONETARY is, unless it was another one before.
        and (
            coalesce(new_orders.return_count, 0) > 0
            or (
                today.frequency = previous.frequency + coalesce(new_orders.sale_count, 0)
                and today.monetary = previous.monetary + coalesce(new_orders.sold, 0)
            )
        )
        and (
            new_orders.customer_id is not null
            or today.recency_days - previous.recency_days
            = date_diff('day', before.snapshot_on, cast($snapshot_on as date))
        ) as adds_up,
    from previous
    cross join before
    full outer join today
        on previous.customer_id = today.customer_id
    left join new_orders
        on today.customer_id = new_orders.customer_id
),

-- The first that holds is the cause. The model comes before what happened: with the numbers of today the customer would
-- still be where he was. The past comes before the new: once it was changed, there is nothing to compare with.
moves as (
    select
        customer_id,
        from_segment,
        to_segment,
        case
            when not was_there then 'arrived'
            when not is_there then 'erased'
            when unmoved_segment is null or unmoved_segment = from_segment then 'model'
            when not coalesce(adds_up, false) then 'restated'
            when has_new_orders then 'behaviour'
            else 'ageing'
        end as cause,
    from compared
    where from_segment is distinct from to_segment
)

select
    cast($snapshot_on as date) as snapshot_on,
    before.snapshot_on as previous_snapshot_on,
    moves.customer_id,
    moves.from_segment,
    moves.to_segment,
    moves.cause,
from moves
inner join before
    on before.snapshot_on is not null
