"""In-memory persistence: real enough to pass every contract, gone with the process."""

from emobility_adapters.memory.access import MemoryAccess
from emobility_adapters.memory.directories import (
    MemoryListedTokens,
    MemoryRunningSessions,
    MemoryStations,
    MemoryTariffs,
    MemoryTokens,
)
from emobility_adapters.memory.events import MemoryFeed
from emobility_adapters.memory.files import MemoryFiles
from emobility_adapters.memory.frames import MemoryExchanges, MemoryFrames
from emobility_adapters.memory.granted import MemoryGrantedTokens
from emobility_adapters.memory.identity import MemoryPrincipals
from emobility_adapters.memory.store import MemoryStore, MemoryWork

__all__ = [
    "MemoryAccess",
    "MemoryExchanges",
    "MemoryFeed",
    "MemoryFiles",
    "MemoryFrames",
    "MemoryGrantedTokens",
    "MemoryListedTokens",
    "MemoryPrincipals",
    "MemoryRunningSessions",
    "MemoryStations",
    "MemoryStore",
    "MemoryTariffs",
    "MemoryTokens",
    "MemoryWork",
]
