"""The hot path: units of work that buffer their writes and share one durable transaction with others."""

from emobility_adapters.sql.hot.directories import SqlDirectories
from emobility_adapters.sql.hot.frames import BatchedFrames
from emobility_adapters.sql.hot.opening import HotPath, open_hot_path
from emobility_adapters.sql.hot.principals import SqlPrincipals
from emobility_adapters.sql.hot.repositories import HotTransactions, HotWork

__all__ = [
    "BatchedFrames",
    "HotPath",
    "HotTransactions",
    "HotWork",
    "SqlDirectories",
    "SqlPrincipals",
    "open_hot_path",
]
