-- one row per month in which something was bought or returned.
select
    month_on,
    cast(sum(sales) as decimal(28, 4)) as sales,
    cast(sum(returned) as decimal(28, 4)) as returned,
from report_sales
group by month_on
order by month_on
