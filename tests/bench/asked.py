"""What a run of the benchmarks was asked for on its command line; the defaults are the bars' own."""

from dataclasses import dataclass, field


@dataclass
class Asked:
    """``sizes`` of the desk, ``databases`` to run on, ``requests`` of each kind in each round, ``sets`` of evaluation
    data (all where empty), ``tickets`` of a training."""

    sizes: list[int] = field(default_factory=lambda: [1_000, 10_000, 100_000])
    databases: list[str] = field(default_factory=lambda: ["SQLite", "PostgreSQL"])
    requests: int = 60
    rounds: int = 3
    sets: list[str] = field(default_factory=list)
    tickets: list[int] = field(default_factory=lambda: [50_000])


asked = Asked()
