-- one row per from, to and cause of the moves of this month, the most moves first.
-- question: Did customers move because of what they did, or because we counted or modelled otherwise?
-- asked by: analysts, when a segment has jumped
-- columns:
--   from_segment (text): segment before; empty for an arrival
--   to_segment (text): segment after; empty for an erased customer
--   cause (text): behaviour, ageing, restated, model, arrived or erased
--   moves (moves): moves since the month began; who moves twice is counted twice
--   first_on (date): snapshot of the first of them
--   last_on (date): snapshot of the last of them
select
    moves.from_segment,
    moves.to_segment,
    moves.cause,
    cast(sum(moves.customers) as bigint) as moves,
    min(moves.snapshot_on) as first_on,
    max(moves.snapshot_on) as last_on,
from segment_moves as moves
cross join about
where moves.snapshot_on >= date_trunc('month', about.snapshot_on)
group by moves.from_segment, moves.to_segment, moves.cause
order by moves desc, moves.from_segment asc nulls first, moves.to_segment asc nulls first, moves.cause asc
