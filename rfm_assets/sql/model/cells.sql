-- one row per cell of customers of the population at hand, alike in the logarithms of their three numbers.
-- The logarithms are taken twice: kept for both uses, they would fill the memory.
with logs as (
    select
        ln(1 + cast(recency_days as double)) as recency_log,
        ln(1 + cast(frequency as double)) as frequency_log,
        ln(1 + cast(greatest(monetary, 0) as double)) as monetary_log,
    from population
),

moments as (
    select
        avg(ln(1 + cast(recency_days as double))) as recency_mean,
        stddev_pop(ln(1 + cast(recency_days as double))) as recency_deviation,
        avg(ln(1 + cast(frequency as double))) as frequency_mean,
        stddev_pop(ln(1 + cast(frequency as double))) as frequency_deviation,
        avg(ln(1 + cast(greatest(monetary, 0) as double))) as monetary_mean,
        stddev_pop(ln(1 + cast(greatest(monetary, 0) as double))) as monetary_deviation,
    from population
),

-- A feature that never varies has one cell, whatever its width.
grid as (
    select
        recency_mean,
        frequency_mean,
        monetary_mean,
        cast($cell_width as double) * coalesce(nullif(recency_deviation, 0), 1) as recency_width,
        cast($cell_width as double) * coalesce(nullif(frequency_deviation, 0), 1) as frequency_width,
        cast($cell_width as double) * coalesce(nullif(monetary_deviation, 0), 1) as monetary_width,
    from moments
),

placed as (
    select
        logs.recency_log,
        logs.frequency_log,
        logs.monetary_log,
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
        avg(recency_log) as recency_log,
        avg(frequency_log) as frequency_log,
        avg(monetary_log) as monetary_log,
        var_pop(recency_log) as recency_variance,
        var_pop(frequency_log) as frequency_variance,
        var_pop(monetary_log) as monetary_variance,
    from placed
    group by recency_cell, frequency_cell, monetary_cell
)

select
    cells.customers,
    cells.recency_log,
    cells.frequency_log,
    cells.monetary_log,
    cells.recency_variance,
    cells.frequency_variance,
    cells.monetary_variance,
    grid.recency_mean + cells.recency_cell * grid.recency_width as recency_upper,
    grid.frequency_mean + cells.frequency_cell * grid.frequency_width as frequency_upper,
    grid.monetary_mean + cells.monetary_cell * grid.monetary_width as monetary_upper,
from cells
cross join grid
