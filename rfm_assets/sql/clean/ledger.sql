-- one row per touched business day: what became of each line read.
with sums as (
    select
        invoiced_on,
        coalesce(reason, line_kind) as class,
        count(*) as line_count,
        sum(amount) as amount,
    from classified
    where reason is distinct from 'copy'
    group by invoiced_on, coalesce(reason, line_kind)
)

select
    touched_days.invoiced_on,
    touched_days.version as raw_version,
    touched_days.rules,
    cast(coalesce(sum(sums.line_count), 0) as bigint) as read_lines,
    cast(coalesce(sum(sums.amount), 0) as decimal(28, 4)) as read_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'sale'), 0) as bigint) as sale_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'sale'), 0) as decimal(28, 4)) as sale_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'return'), 0) as bigint) as return_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'return'), 0) as decimal(28, 4)) as return_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'missing_customer'), 0) as bigint)
        as missing_customer_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'missing_customer'), 0) as decimal(28, 4))
        as missing_customer_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'duplicate'), 0) as bigint) as duplicate_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'duplicate'), 0) as decimal(28, 4)) as duplicate_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'negative_price'), 0) as bigint)
        as negative_price_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'negative_price'), 0) as decimal(28, 4))
        as negative_price_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'zero_price'), 0) as bigint) as zero_price_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'zero_price'), 0) as decimal(28, 4)) as zero_price_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'adjustment'), 0) as bigint) as adjustment_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'adjustment'), 0) as decimal(28, 4)) as adjustment_amount,
    cast(coalesce(sum(sums.line_count) filter (where sums.class = 'excluded_code'), 0) as bigint)
        as excluded_code_lines,
    cast(coalesce(sum(sums.amount) filter (where sums.class = 'excluded_code'), 0) as decimal(28, 4))
        as excluded_code_amount,
from touched_days
left join sums
    on touched_days.invoiced_on = sums.invoiced_on
group by touched_days.invoiced_on, touched_days.version, touched_days.rules
