-- one row per business day whose classes in the ledger do not add up to what was read.
with sums as (
    select
        invoiced_on,
        read_lines,
        read_amount,
        sale_lines
        + return_lines
        + missing_customer_lines
        + duplicate_lines
        + negative_price_lines
        + zero_price_lines
        + adjustment_lines
        + excluded_code_lines as classed_lines,
        sale_amount
        + return_amount
        + missing_customer_amount
        + duplicate_amount
        + negative_price_amount
        + zero_price_amount
        + adjustment_amount
        + excluded_code_amount as classed_amount,
    from clean.ledger
)

select
    invoiced_on,
    read_lines,
    classed_lines,
    read_amount,
    classed_amount,
from sums
where
    read_lines <> classed_lines
    or read_amount <> classed_amount
order by invoiced_on
