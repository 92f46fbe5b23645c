-- one row per customer whose segment is another than in the publication before, which is staged as `listed`.
with today as (
    select
        customer_id,
        segment,
        model_digest,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
),

compared as (
    select
        coalesce(today.customer_id, listed.customer_id) as customer_id,
        listed.customer_id is not null as was_there,
        today.customer_id is not null as is_there,
        listed.segment as from_segment,
        today.segment as to_segment,
        coalesce(listed.model_digest = today.model_digest, false) as is_same_model,
    from today
    full outer join listed
        on today.customer_id = listed.customer_id
    where listed.segment is distinct from today.segment
),

last_days as (
    select
        customer_id,
        max(snapshot_on) as snapshot_on,
    from segments.customer_moves
    where
        snapshot_on > cast($since_snapshot_on as date)
        and snapshot_on <= cast($snapshot_on as date)
    group by customer_id
),

last_moves as (
    select
        moves.customer_id,
        moves.to_segment,
        moves.cause,
    from segments.customer_moves as moves
    inner join last_days
        on
            moves.customer_id = last_days.customer_id
            and moves.snapshot_on = last_days.snapshot_on
    -- Somebody who was erased and came back between two publications is no arrival to those who read only these.
    where moves.cause not in ('arrived', 'erased')
)

select
    compared.customer_id,
    compared.from_segment,
    compared.to_segment,
    case
        when not compared.was_there then 'arrived'
        when not compared.is_there then 'erased'
        when last_moves.to_segment = compared.to_segment then last_moves.cause
        when compared.is_same_model then 'restated'
        else 'model'
    end as cause,
    cast($snapshot_on as date) as snapshot_on,
    cast($since_snapshot_on as date) as since_snapshot_on,
from compared
left join last_moves
    on compared.customer_id = last_moves.customer_id
