-- one row per country, of those that bought for most; the others together last.
with ranked as (
    select
        country,
        sum(sales) as sales,
        sum(returned) as returned,
        row_number() over (order by sum(sales) desc, country asc) as place,
    from report_sales
    group by country
)

select
    case when place <= cast($shown as bigint) then country end as country,
    count(*) as countries,
    cast(sum(sales) as decimal(28, 4)) as sales,
    cast(sum(returned) as decimal(28, 4)) as returned,
from ranked
group by case when place <= cast($shown as bigint) then country end
order by min(place)
