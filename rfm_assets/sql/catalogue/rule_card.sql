-- one row per rule of the version that scored the snapshot.
with scored as (
    select
        model_version,
        model_digest,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
    group by model_version, model_digest
)

select
    cards.rule,
    cards.segment,
    cards.rule_fidelity,
    cards.fidelity,
from model.rule_cards as cards
inner join scored
    on
        cards.model_version = scored.model_version
        and cards.model_digest = scored.model_digest
order by cards.rule_no
