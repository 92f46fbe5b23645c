-- one row per weekday (1 is Monday) and hour in which something was bought.
select
    weekday,
    hour,
    cast(sum(sales) as decimal(28, 4)) as sales,
from report_sales
group by weekday, hour
having sum(sales) > 0
order by weekday, hour
