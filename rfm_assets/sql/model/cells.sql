-- one row per cell of customers of the population at hand, alike in the logarithms of their three numbers.
-- The logarithms are taken twice: kept for both uses, they would fill the memory.
-- Decimals add up to the same digits in whatever order threads bring them: the same customers give the same cells.
with logs as (
    select
        cast(ln(1 + cast(recency_days as double)) as decimal(18, 12)) as recency_log,
        cast(ln(1 + cast(frequency as double)) as decimal(18, 12)) as frequency_log,
        cast(ln(1 + cast(greatest(monetary, 0) as double)) as decimal(18, 12)) as monetary_log,
    from population
),

sums as (
    select
        cast(count(*) as double) as customers,
        cast(sum(cast(ln(1 + cast(recency_days as double)) as decimal(18, 12))) as double) as recency_sum,
        cast(
            sum(cast(power(ln(1 + cast(recency_days as double)), 2) as decimal(18, 12))) as double
        ) as recency_squares,
        cast(sum(cast(ln(1 + cast(frequency as double)) as decimal(18, 12))) as double) as frequency_sum,
        cast(
            sum(cast(power(ln(1 + cast(frequency as double)), 2) as decimal(18, 12))) as double
        ) as frequency_squares,
        cast(sum(cast(ln(1 + cast(greatest(monetary, 0) as double)) as decimal(18, 12))) as double) as monetary_sum,
        cast(
            sum(cast(power(ln(1 + cast(greatest(monetary, 0) as double)), 2) as decimal(18, 12))) as double
        ) as monetary_squares,
    from population
),

moments as (
    select
        recency_sum / customers as recency_mean,
        sqrt(greatest(recency_squares / customers - power(recency_sum / customers, 2), 0)) as recency_deviation,
        frequency_sum / customers as frequency_mean,
        sqrt(greatest(frequency_squares / customers - power(frequency_sum / customers, 2), 0)) as frequency_deviation,
        monetary_sum / customers as monetary_mean,
        sqrt(greatest(monetary_squares / customers - power(monetary_sum / customers, 2), 0)) as monetary_deviation,
    from sums
),

-- A feature that never varies has one cell, whatever its width; rounding leaves it a deviation of a millionth at most.
grid as (
    select
        recency_mean,
        frequency_mean,
        monetary_mean,
        cast($cell_width as double)
        * case when recency_deviation > 0.000001 then recency_deviation else 1 end as recency_width,
        cast($cell_width as double)
        * case when frequency_deviation > 0.000001 then frequency_deviation else 1 end as frequency_width,
        cast($cell_width as double)
        * case when monetary_deviation > 0.000001 then monetary_deviation else 1 end as monetary_width,
    from moments
),

placed as (
    select
        logs.recency_log,
        logs.frequency_log,
        logs.monetary_log,
        cast(power(cast(logs.recency_log as double), 2) as decimal(18, 12)) as recency_square,
        cast(power(cast(logs.frequency_log as double), 2) as decimal(18, 12)) as frequency_square,
        cast(power(cast(logs.monetary_log as double), 2) as decimal(18, 12)) as monetary_square,
        ceil((logs.recency_log - grid.recency_mean) / grid.recency_width) as recency_cell,
        ceil((logs.frequency_log - grid.frequency_mean) / grid.frequency_width) as frequency_cell,
        ceil((logs.monetary_log - grid.monetary_mean) / grid.monetary_width) as monetary_cell,
    from logs
    cross join grid
),

cells as (
    select
        recency_cell,
        frequency_cell,
        monetary_cell,
        count(*) as customers,
        cast(sum(recency_log) as double) / cast(count(*) as double) as recency_log,
        cast(sum(frequency_log) as double) / cast(count(*) as double) as frequency_log,
        cast(sum(monetary_log) as double) / cast(count(*) as double) as monetary_log,
        cast(sum(recency_square) as double) / cast(count(*) as double) as recency_square,
        cast(sum(frequency_square) as double) / cast(count(*) as double) as frequency_square,
        cast(sum(monetary_square) as double) / cast(count(*) as double) as monetary_square,
    from placed
    group by recency_cell, frequency_cell, monetary_cell
)

select
    cells.customers,
    cells.recency_log,
    cells.frequency_log,
    cells.monetary_log,
    greatest(cells.recency_square - power(cells.recency_log, 2), 0) as recency_variance,
    greatest(cells.frequency_square - power(cells.frequency_log, 2), 0) as frequency_variance,
    greatest(cells.monetary_square - power(cells.monetary_log, 2), 0) as monetary_variance,
    grid.recency_mean + cells.recency_cell * grid.recency_width as recency_upper,
    grid.frequency_mean + cells.frequency_cell * grid.frequency_width as frequency_upper,
    grid.monetary_mean + cells.monetary_cell * grid.monetary_width as monetary_upper,
from cells
cross join grid
