"""How model versions are fitted, named and judged."""

from dataclasses import dataclass
from hashlib import sha256

from rfm_assets.segmentation.archetypes import Archetype
from rfm_assets.segmentation.scaling import Method


@dataclass(frozen=True)
class Rules:
    """How a version is fitted, named and judged; see the settings of the same names."""

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
