"""Local authorization: what stations may decide by themselves, from their list or their cache."""

from emobility_core.local_authorization._cache_clearing import (
    CacheClearing,
    keeps_cache,
)
from emobility_core.local_authorization._clear_caches import (
    CacheWork,
    clear_caches,
    owed_clearings,
    settle_clearings,
)
from emobility_core.local_authorization._keep_lists import (
    LocalListWork,
    keep_list_of,
    next_look,
    send_local_lists,
    settle_lists,
    sync_list,
)
from emobility_core.local_authorization._local_list import (
    DueList,
    Listing,
    ListLimits,
    LocalList,
    NoLocalListKept,
    UnknownLocalList,
    applied,
    limits_of,
    listing_of,
    next_change,
    next_update,
)
from emobility_core.local_authorization._ports import (
    CacheClearings,
    ListedTokens,
    LocalLists,
)

__all__ = [
    "CacheClearing",
    "CacheClearings",
    "CacheWork",
    "DueList",
    "ListLimits",
    "ListedTokens",
    "Listing",
    "LocalList",
    "LocalListWork",
    "LocalLists",
    "NoLocalListKept",
    "UnknownLocalList",
    "applied",
    "clear_caches",
    "keep_list_of",
    "keeps_cache",
    "limits_of",
    "listing_of",
    "next_change",
    "next_look",
    "next_update",
    "owed_clearings",
    "send_local_lists",
    "settle_clearings",
    "settle_lists",
    "sync_list",
]
