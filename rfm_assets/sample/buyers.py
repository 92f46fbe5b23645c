"""Who buys in the sample shop: customers and guests, each with a life cycle, a country and a size."""

from dataclasses import dataclass

import numpy as np

from rfm_assets.sample import shop


@dataclass(frozen=True)
class Buyers:
    """One element a buyer; the first ``customers`` have an id, the rest are guests."""

    customers: int
    cycle: np.ndarray
    bulk: np.ndarray
    country: np.ndarray


def draw_buyers(rng: np.random.Generator, scale: float) -> Buyers:
    """Return the buyers of a shop of some scale, at least one customer and one guest."""
    customers, guests = (max(1, round(count * scale)) for count in (shop.CUSTOMERS, shop.GUESTS))
    cycle = _pick(rng, [cycle.share for cycle in shop.LIFE_CYCLES], customers + guests)
    cycle[customers:] = len(shop.LIFE_CYCLES)
    # Pareto with exponent 2, cut off: most buyers take single packs, a few take ten times as much.
    packs = np.minimum(1 / np.sqrt(1 - rng.random(len(cycle))), 12).astype(np.int16)
    country = _pick(rng, list(shop.COUNTRIES.values()), customers + guests)
    return Buyers(customers, cycle, packs * trait(cycle, "bulk").astype(np.int16), country)


def trait(cycles: np.ndarray, name: str) -> np.ndarray:
    """Return one field of each life cycle, which are given by their numbers."""
    return np.array([getattr(cycle, name) for cycle in (*shop.LIFE_CYCLES, shop.GUEST)])[cycles]


def between(rng: np.random.Generator, bounds: np.ndarray) -> np.ndarray:
    """Return one random number within each pair of bounds, which has shape ``(n, 2)``."""
    low, high = bounds.T
    return low + (high - low) * rng.random(len(low))


def _pick(rng: np.random.Generator, shares: list[int], count: int) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares), rng.random(count) * sum(shares), side="right").astype(np.int8)
