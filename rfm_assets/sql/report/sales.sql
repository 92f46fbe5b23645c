-- one row per country, month, weekday and hour up to the snapshot in which a customer bought or returned something.
select
    coalesce(country, 'Unknown') as country,
    cast(date_trunc('month', invoiced_on) as date) as month_on,
    cast(isodow(invoiced_on) as bigint) as weekday,
    cast(hour(invoiced_at) as bigint) as hour,
    cast(coalesce(sum(amount) filter (where line_kind = 'sale'), 0) as decimal(28, 4)) as sales,
    cast(coalesce(sum(-amount) filter (where line_kind = 'return'), 0) as decimal(28, 4)) as returned,
from clean.transactions
where invoiced_on <= cast($snapshot_on as date)
group by
    coalesce(country, 'Unknown'),
    cast(date_trunc('month', invoiced_on) as date),
    cast(isodow(invoiced_on) as bigint),
    cast(hour(invoiced_at) as bigint)
