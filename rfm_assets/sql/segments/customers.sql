-- one row per customer and snapshot: the segment of the nearest centroid, and what it is compared with.
with before as (
    select max(snapshot_on) as snapshot_on,
    from segments.customers
    where snapshot_on < cast($snapshot_on as date)
),

previous as (
    select
        customers.customer_id,
        customers.segment,
        customers.model_digest,
    from segments.customers as customers
    inner join before
        on customers.snapshot_on = before.snapshot_on
),

in_force as (
    select max(model_version) as model_version,
    from features.customers
    where snapshot_on = cast($snapshot_on as date)
),

-- Today's version scores, and yesterday's too where it was another: that tells a move by the model from a real one.
versions as (
    select model_version,
    from in_force
    union distinct
    select customers.model_version,
    from segments.customers as customers
    inner join before
        on customers.snapshot_on = before.snapshot_on
),

scaling as (
    select
        scaling.model_version,
        max(scaling.mean) filter (where scaling.feature = 'recency') as recency_mean,
        max(scaling.scale) filter (where scaling.feature = 'recency') as recency_scale,
        max(scaling.mean) filter (where scaling.feature = 'frequency') as frequency_mean,
        max(scaling.scale) filter (where scaling.feature = 'frequency') as frequency_scale,
        max(scaling.mean) filter (where scaling.feature = 'monetary') as monetary_mean,
        max(scaling.scale) filter (where scaling.feature = 'monetary') as monetary_scale,
    from versions
    inner join model.scaling as scaling
        on versions.model_version = scaling.model_version
    group by scaling.model_version
),

places as (
    select
        centroids.model_version,
        centroids.segment,
        centroids.recency_z,
        centroids.frequency_z,
        centroids.monetary_z,
        coalesce(playbook.recommended_action, 'None in the playbook.') as recommended_action,
        row_number() over (partition by centroids.model_version order by centroids.segment) as place,
    from versions
    inner join model.centroids as centroids
        on versions.model_version = centroids.model_version
    left join segments.playbook as playbook
        on centroids.segment = playbook.segment
),

-- The centroids of a version side by side, as many as a version can have: at a million customers it costs half of a
-- row per customer and centroid, and the second nearest is there as well.
centroids as (
    select
        model_version,
        substr(md5(string_agg(concat_ws(' ', segment, recency_z, frequency_z, monetary_z), '; ' order by place)), 1, 12)
            as model_digest,
        max(recency_z) filter (where place = 1) as r1,
        max(frequency_z) filter (where place = 1) as f1,
        max(monetary_z) filter (where place = 1) as m1,
        max(recency_z) filter (where place = 2) as r2,
        max(frequency_z) filter (where place = 2) as f2,
        max(monetary_z) filter (where place = 2) as m2,
        max(recency_z) filter (where place = 3) as r3,
        max(frequency_z) filter (where place = 3) as f3,
        max(monetary_z) filter (where place = 3) as m3,
        max(recency_z) filter (where place = 4) as r4,
        max(frequency_z) filter (where place = 4) as f4,
        max(monetary_z) filter (where place = 4) as m4,
        max(recency_z) filter (where place = 5) as r5,
        max(frequency_z) filter (where place = 5) as f5,
        max(monetary_z) filter (where place = 5) as m5,
        max(recency_z) filter (where place = 6) as r6,
        max(frequency_z) filter (where place = 6) as f6,
        max(monetary_z) filter (where place = 6) as m6,
        max(recency_z) filter (where place = 7) as r7,
        max(frequency_z) filter (where place = 7) as f7,
        max(monetary_z) filter (where place = 7) as m7,
        max(recency_z) filter (where place = 8) as r8,
        max(frequency_z) filter (where place = 8) as f8,
        max(monetary_z) filter (where place = 8) as m8,
        max(recency_z) filter (where place = 9) as r9,
        max(frequency_z) filter (where place = 9) as f9,
        max(monetary_z) filter (where place = 9) as m9,
        max(recency_z) filter (where place = 10) as r10,
        max(frequency_z) filter (where place = 10) as f10,
        max(monetary_z) filter (where place = 10) as m10,
    from places
    group by model_version
),

points as (
    select
        features.customer_id,
        scaling.model_version,
        (features.recency_log - scaling.recency_mean) / scaling.recency_scale as r,
        (features.frequency_log - scaling.frequency_mean) / scaling.frequency_scale as f,
        (features.monetary_log - scaling.monetary_mean) / scaling.monetary_scale as m,
    from features.customers as features
    cross join scaling
    where features.snapshot_on = cast($snapshot_on as date)
),

squares as (
    select
        p.customer_id,
        p.model_version,
        c.model_digest,
        (p.r - c.r1) * (p.r - c.r1) + (p.f - c.f1) * (p.f - c.f1) + (p.m - c.m1) * (p.m - c.m1) as d1,
        (p.r - c.r2) * (p.r - c.r2) + (p.f - c.f2) * (p.f - c.f2) + (p.m - c.m2) * (p.m - c.m2) as d2,
        (p.r - c.r3) * (p.r - c.r3) + (p.f - c.f3) * (p.f - c.f3) + (p.m - c.m3) * (p.m - c.m3) as d3,
        (p.r - c.r4) * (p.r - c.r4) + (p.f - c.f4) * (p.f - c.f4) + (p.m - c.m4) * (p.m - c.m4) as d4,
        (p.r - c.r5) * (p.r - c.r5) + (p.f - c.f5) * (p.f - c.f5) + (p.m - c.m5) * (p.m - c.m5) as d5,
        (p.r - c.r6) * (p.r - c.r6) + (p.f - c.f6) * (p.f - c.f6) + (p.m - c.m6) * (p.m - c.m6) as d6,
        (p.r - c.r7) * (p.r - c.r7) + (p.f - c.f7) * (p.f - c.f7) + (p.m - c.m7) * (p.m - c.m7) as d7,
        (p.r - c.r8) * (p.r - c.r8) + (p.f - c.f8) * (p.f - c.f8) + (p.m - c.m8) * (p.m - c.m8) as d8,
        (p.r - c.r9) * (p.r - c.r9) + (p.f - c.f9) * (p.f - c.f9) + (p.m - c.m9) * (p.m - c.m9) as d9,
        (p.r - c.r10) * (p.r - c.r10) + (p.f - c.f10) * (p.f - c.f10) + (p.m - c.m10) * (p.m - c.m10) as d10,
    from points as p
    inner join centroids as c
        on p.model_version = c.model_version
),

firsts as (
    select
        *,
        least(d1, d2, d3, d4, d5, d6, d7, d8, d9, d10) as first_square,
        case least(d1, d2, d3, d4, d5, d6, d7, d8, d9, d10)
            when d1 then 1
            when d2 then 2
            when d3 then 3
            when d4 then 4
            when d5 then 5
            when d6 then 6
            when d7 then 7
            when d8 then 8
            when d9 then 9
            when d10 then 10
        end as place,
    from squares
),

seconds as (
    select
        *,
        least(
            case when place <> 1 then d1 end,
            case when place <> 2 then d2 end,
            case when place <> 3 then d3 end,
            case when place <> 4 then d4 end,
            case when place <> 5 then d5 end,
            case when place <> 6 then d6 end,
            case when place <> 7 then d7 end,
            case when place <> 8 then d8 end,
            case when place <> 9 then d9 end,
            case when place <> 10 then d10 end
        ) as second_square,
    from firsts
),

scored as (
    select
        customer_id,
        model_version,
        model_digest,
        first_square,
        second_square,
        place,
        case
            when place <> 1 and d1 = second_square then 1
            when place <> 2 and d2 = second_square then 2
            when place <> 3 and d3 = second_square then 3
            when place <> 4 and d4 = second_square then 4
            when place <> 5 and d5 = second_square then 5
            when place <> 6 and d6 = second_square then 6
            when place <> 7 and d7 = second_square then 7
            when place <> 8 and d8 = second_square then 8
            when place <> 9 and d9 = second_square then 9
            when place <> 10 and d10 = second_square then 10
        end as second_place,
    from seconds
),

-- Only the first day of a version has rows here. A version fitted anew under the same day, with other settings, has
-- another digest: the model that scored the snapshot before is then gone.
unmoved as (
    select
        scored.customer_id,
        scored.model_digest,
        places.segment,
    from scored
    inner join in_force
        on scored.model_version <> in_force.model_version
    inner join places
        on
            scored.model_version = places.model_version
            and scored.place = places.place
)

select
    rfm.snapshot_on,
    rfm.customer_id,
    rfm.recency_days,
    rfm.frequency,
    rfm.monetary,
    rfm.r_score,
    rfm.f_score,
    rfm.m_score,
    rfm.rfm_segment,
    nearest.segment,
    previous.segment as previous_segment,
    before.snapshot_on as previous_snapshot_on,
    case
        when previous.model_digest = scored.model_digest then nearest.segment
        else unmoved.segment
    end as unmoved_segment,
    sqrt(scored.second_square) - sqrt(scored.first_square) as margin,
    nearest.recommended_action,
    scored.model_version,
    second_nearest.segment as second_segment,
    sqrt(scored.first_square) as distance,
    scored.model_digest,
from rfm.customers as rfm
cross join before
cross join in_force
inner join scored
    on
        rfm.customer_id = scored.customer_id
        and in_force.model_version = scored.model_version
left join places as nearest
    on
        scored.model_version = nearest.model_version
        and scored.place = nearest.place
left join places as second_nearest
    on
        scored.model_version = second_nearest.model_version
        and scored.second_place = second_nearest.place
left join previous
    on rfm.customer_id = previous.customer_id
left join unmoved
    on
        previous.customer_id = unmoved.customer_id
        and previous.model_digest = unmoved.model_digest
where rfm.snapshot_on = cast($snapshot_on as date)
