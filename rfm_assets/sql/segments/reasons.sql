-- one row per customer, as of the latest snapshot: why the segment, and what would change it under the same model.
with latest as (
    select max(snapshot_on) as snapshot_on,
    from segments.customers
),

scaling as (
    select
        model_version,
        max(mean) filter (where feature = 'recency') as recency_mean,
        max(scale) filter (where feature = 'recency') as recency_scale,
        max(mean) filter (where feature = 'frequency') as frequency_mean,
        max(scale) filter (where feature = 'frequency') as frequency_scale,
        max(mean) filter (where feature = 'monetary') as monetary_mean,
        max(scale) filter (where feature = 'monetary') as monetary_scale,
    from model.scaling
    group by model_version
),

centroids as (
    select
        model_version,
        array_agg(struct_pack(segment := segment, r := recency_z, f := frequency_z, m := monetary_z)) as every_one,
    from model.centroids
    group by model_version
),

numbers as (
    select
        customers.snapshot_on,
        customers.customer_id,
        customers.recency_days,
        customers.frequency,
        customers.monetary,
        customers.segment,
        customers.second_segment,
        customers.model_version,
        cast(customers.recency_days as double) as days,
        cast(customers.frequency as double) as orders,
        cast(greatest(customers.monetary, 0) as double) as money,
        cast(greatest(customers.monetary, 0) as double) / cast(customers.frequency as double) as usual_money,
    from segments.customers as customers
    inner join latest
        on customers.snapshot_on = latest.snapshot_on
),

-- Today's point; that of one order fewer, of usual worth; of one more today, of usual worth; recency in ten years.
points as (
    select
        n.snapshot_on,
        n.customer_id,
        n.recency_days,
        n.frequency,
        n.monetary,
        n.segment,
        n.second_segment,
        centroids.every_one,
        nearest.recency_z as nearest_r,
        nearest.frequency_z as nearest_f,
        nearest.monetary_z as nearest_m,
        s.recency_mean,
        s.recency_scale,
        (ln(1 + n.days) - s.recency_mean) / s.recency_scale as r,
        (ln(1 + n.orders) - s.frequency_mean) / s.frequency_scale as f,
        (ln(1 + n.money) - s.monetary_mean) / s.monetary_scale as m,
        (ln(n.orders) - s.frequency_mean) / s.frequency_scale as fewer_f,
        (ln(1 + n.money - n.usual_money) - s.monetary_mean) / s.monetary_scale as fewer_m,
        -s.recency_mean / s.recency_scale as next_r,
        (ln(2 + n.orders) - s.frequency_mean) / s.frequency_scale as next_f,
        (ln(1 + n.money + n.usual_money) - s.monetary_mean) / s.monetary_scale as next_m,
        (ln(3651 + n.days) - s.recency_mean) / s.recency_scale as last_r,
    from numbers as n
    inner join scaling as s
        on n.model_version = s.model_version
    inner join centroids
        on n.model_version = centroids.model_version
    inner join model.centroids as nearest
        on
            n.model_version = nearest.model_version
            and n.segment = nearest.segment
),

-- While only recency grows, the boundary to a centroid is one point: where both squared distances are equal.
boundaries as (
    select
        p.*,
        list_min(
            list_transform(
                p.every_one,
                lambda c: struct_pack(
                    square := (p.r - c.r) * (p.r - c.r)
                    + (p.fewer_f - c.f) * (p.fewer_f - c.f)
                    + (p.fewer_m - c.m) * (p.fewer_m - c.m),
                    segment := c.segment
                )
            )
        ).segment as fewer_orders_segment,
        list_min(
            list_transform(
                p.every_one,
                lambda c: struct_pack(
                    square := (p.next_r - c.r) * (p.next_r - c.r)
                    + (p.next_f - c.f) * (p.next_f - c.f)
                    + (p.next_m - c.m) * (p.next_m - c.m),
                    segment := c.segment
                )
            )
        ).segment as next_order_segment,
        list_min(
            list_transform(
                p.every_one,
                lambda c: case
                    when c.r > p.nearest_r
                        then
                            (
                                c.r * c.r - p.nearest_r * p.nearest_r
                                + (p.f - c.f) * (p.f - c.f) - (p.f - p.nearest_f) * (p.f - p.nearest_f)
                                + (p.m - c.m) * (p.m - c.m) - (p.m - p.nearest_m) * (p.m - p.nearest_m)
                            )
                            / (2 * (c.r - p.nearest_r))
                end
            )
        ) as boundary_r,
    from points as p
),

silences as (
    select
        *,
        case
            when boundary_r < last_r
                then greatest(
                    cast(floor(exp(boundary_r * recency_scale + recency_mean)) as bigint) - recency_days, 1
                )
        end as silent_days,
    from boundaries
),

silent_points as (
    select
        *,
        (ln(1 + cast(recency_days + silent_days as double)) - recency_mean) / recency_scale as silent_r,
    from silences
),

named as (
    select
        p.snapshot_on,
        p.customer_id,
        p.recency_days,
        p.frequency,
        p.monetary,
        p.segment,
        p.second_segment,
        p.next_order_segment,
        p.silent_days,
        case when p.frequency > 1 then p.fewer_orders_segment end as fewer_orders_segment,
        case
            when p.silent_days is not null
                then list_min(
                    list_transform(
                        p.every_one,
                        lambda c: struct_pack(
                            square := (p.silent_r - c.r) * (p.silent_r - c.r)
                            + (p.f - c.f) * (p.f - c.f)
                            + (p.m - c.m) * (p.m - c.m),
                            segment := c.segment
                        )
                    )
                ).segment
        end as silent_segment,
    from silent_points as p
)

select
    snapshot_on,
    customer_id,
    fewer_orders_segment,
    next_order_segment,
    silent_days,
    silent_segment,
    concat(
        'last bought ',
        case recency_days
            when 0 then 'today'
            when 1 then 'yesterday'
            else printf('%,d days ago', recency_days)
        end,
        case when frequency = 1 then ', 1 order, ' else printf(', %,d orders, ', frequency) end,
        printf('%,.2f', cast(monetary as double)),
        ': closest to ',
        segment,
        ', then ',
        second_segment,
        case
            when next_order_segment <> segment then concat('; one more order today would make it ', next_order_segment)
            when frequency = 1 then '; one more order today would not change it'
            when fewer_orders_segment <> segment then concat('; one fewer order would make it ', fewer_orders_segment)
            else '; one fewer order would not change it'
        end,
        case
            when silent_days is null then '; ten years without an order would not change it'
            when silent_days = 1 then concat('; one more day without an order would make it ', silent_segment)
            else concat(printf('; %,d more days without an order would make it ', silent_days), silent_segment)
        end
    ) as why,
from named
