"""How model versions are fitted, named and judged."""

from dataclasses import dataclass
from hashlib import sha256

from rfm_assets.segmentation.archetypes import Archetype, ArchetypeError, load_archetypes
from rfm_assets.segmentation.scaling import Method
from rfm_assets.settings import Settings


@dataclass(frozen=True)
class Rules:
    """How a version is fitted, named and judged, as the settings have it."""

    monetary: str
    numbers: tuple[int, ...]
    min_share: float
    min_stability: float
    min_customers: int
    seed: int
    archetypes: tuple[Archetype, ...]
    scaling: Method
    outlier_fence: float
    min_agreement: float

    @property
    def kind(self) -> str:
        """What the segments are to be, as one line: only versions of one kind can be asked to agree."""
        names = [(archetype.name, archetype.prototype) for archetype in self.archetypes]
        return (
            f"monetary={self.monetary} numbers={','.join(map(str, self.numbers))} scaling={self.scaling} "
            f"outlier_fence={self.outlier_fence} names={sha256(repr(names).encode()).hexdigest()[:12]};"
        )

    @property
    def fingerprint(self) -> str:
        """The rules as one line: two versions with the same line and the same customers are the same version."""
        return (
            f"{self.kind} min_share={self.min_share} min_stability={self.min_stability} "
            f"min_agreement={self.min_agreement} min_customers={self.min_customers} seed={self.seed}"
        )


def rules_of(settings: Settings) -> Rules:
    """Return how the settings want versions fitted, named and judged; no more clusters are tried than there are names.

    Raises:
        ArchetypeError: the file of archetypes is wrong, or has fewer names than the fewest clusters.
    """
    archetypes = load_archetypes(settings.archetypes)
    fewest = settings.clusters or settings.min_clusters
    if len(archetypes) < fewest:
        name = "RFM_CLUSTERS" if settings.clusters else "RFM_MIN_CLUSTERS"
        raise ArchetypeError(
            f"{fewest} clusters need as many names, but RFM_ARCHETYPES has {len(archetypes)}: add archetypes, or lower "
            f"{name}"
        )
    most = settings.clusters or min(settings.max_clusters, len(archetypes))
    return Rules(
        monetary=settings.monetary,
        numbers=tuple(range(fewest, most + 1)),
        min_share=settings.min_segment_share,
        min_stability=settings.min_stability,
        min_customers=settings.min_customers,
        seed=settings.seed,
        archetypes=archetypes,
        scaling=settings.scaling,
        outlier_fence=settings.outlier_fence,
        min_agreement=settings.min_agreement,
    )
