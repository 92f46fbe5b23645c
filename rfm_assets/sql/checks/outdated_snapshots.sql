-- one row per snapshot that is to be built again, and why: one pass over the days with orders and the snapshots.
with moments as (
    select
        ordered_on as moment,
        cast(null as date) as snapshot_on,
        order_count,
        amount,
        order_checksum,
        return_checksum,
    from clean.daily_orders
    union all
    select
        snapshot_on as moment,
        snapshot_on,
        cast(0 as bigint) as order_count,
        cast(0 as decimal(28, 4)) as amount,
        cast(0 as decimal(38, 0)) as order_checksum,
        cast(0 as decimal(38, 0)) as return_checksum,
    from rfm.snapshots
),

-- A moment's total counts all of its own day.
totals as (
    select
        snapshot_on,
        cast(sum(order_count) over (order by moment) as bigint) as order_count,
        cast(sum(amount) over (order by moment) as decimal(28, 4)) as amount,
        cast(sum(order_checksum) over (order by moment) as decimal(38, 0)) as order_checksum,
        cast(sum(return_checksum) over (order by moment) as decimal(38, 0)) as return_checksum,
    from moments
),

-- Days whose run went no further than their numbers.
unsegmented as (
    select numbers.snapshot_on,
    from rfm.snapshots as numbers
    left join segments.snapshots as made
        on numbers.snapshot_on = made.snapshot_on
    where made.snapshot_on is null
),

first_version as (
    select min(model_version) as model_version,
    from model.versions
    where promoted
),

-- Those that no model can be fitted for, or was before: a shop begins with such days, and a run of theirs would fail.
too_small as (
    select unsegmented.snapshot_on,
    from unsegmented
    left join rfm.customers as customers
        on unsegmented.snapshot_on = customers.snapshot_on
    cross join first_version
    where coalesce(unsegmented.snapshot_on < first_version.model_version, true)
    group by unsegmented.snapshot_on
    having count(customers.customer_id) < $min_customers
),

compared as (
    select
        numbers.snapshot_on,
        totals.order_count as orders,
        numbers.order_count as orders_then,
        totals.amount,
        numbers.amount as amount_then,
        numbers.monetary <> $monetary as has_other_monetary,
        numbers.built_from <> concat_ws(
            ' ',
            cast($monetary as varchar),
            cast(totals.order_checksum as varchar),
            case when $monetary = 'matched' then cast(totals.return_checksum as varchar) end
        ) as has_other_orders,
        made.snapshot_on is null as is_unfinished,
        coalesce(made.built_from <> numbers.built_from, true) as has_other_segments,
        -- The one that it was compared with may have been taken out since: see RFM_KEEP_DAYS. One whose run had stopped
        -- is known as made from nothing.
        coalesce(previous.built_from <> coalesce(made.previous_built_from, ''), false) as has_previous_changed,
        coalesce(made.previous_snapshot_on, cast('0001-01-01' as date)) as previous_snapshot_on,
        lag(numbers.snapshot_on) over (order by numbers.snapshot_on) as snapshot_before_on,
    from rfm.snapshots as numbers
    inner join totals
        on numbers.snapshot_on = totals.snapshot_on
    left join segments.snapshots as made
        on numbers.snapshot_on = made.snapshot_on
    left join segments.snapshots as previous
        on made.previous_snapshot_on = previous.snapshot_on
    left join too_small
        on numbers.snapshot_on = too_small.snapshot_on
    where too_small.snapshot_on is null
),

own as (
    select
        snapshot_on,
        orders,
        orders_then,
        amount,
        amount_then,
        has_other_monetary or has_other_orders or has_other_segments as has_other_numbers,
        case
            when has_other_monetary then 'RFM_MONETARY changed'
            when has_other_orders then 'orders changed'
            when is_unfinished then 'its run did not come to its end'
            when has_other_segments then 'segments are not of these numbers'
            when has_previous_changed or snapshot_before_on > previous_snapshot_on then 'snapshot before changed'
        end as reason,
    from compared
),

-- The segment before, and the moves, of the snapshot that follows one of them.
followed as (
    select
        snapshot_on,
        orders,
        orders_then,
        amount,
        amount_then,
        coalesce(
            reason,
            case when lag(has_other_numbers) over (order by snapshot_on) then 'snapshot before changes' end
        ) as reason,
    from own
)

select
    snapshot_on,
    reason,
    orders,
    orders_then,
    amount,
    amount_then,
from followed
where reason is not null
order by snapshot_on
