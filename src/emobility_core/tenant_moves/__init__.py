"""Moving a part of the tree of tenants: what that changes, and doing it."""

from emobility_core.tenant_moves._ports import COUNTED, MoveWork, TreeContents
from emobility_core.tenant_moves._preview import (
    AlreadyThere,
    HandedDown,
    MixedKinds,
    MoveIntoItself,
    MovePreview,
    PreviewOutdated,
    ReferencesLeftBehind,
    RootImmovable,
    SettingChange,
    TagChange,
    changed_settings,
    require_movable,
)
from emobility_core.tenant_moves._references import REFERENCES, SIGNED, LeftReference, Reference
from emobility_core.tenant_moves._use_cases import move_tenant, preview_move

__all__ = [
    "COUNTED",
    "REFERENCES",
    "SIGNED",
    "AlreadyThere",
    "HandedDown",
    "LeftReference",
    "MixedKinds",
    "MoveIntoItself",
    "MovePreview",
    "MoveWork",
    "PreviewOutdated",
    "Reference",
    "ReferencesLeftBehind",
    "RootImmovable",
    "SettingChange",
    "TagChange",
    "TreeContents",
    "changed_settings",
    "move_tenant",
    "preview_move",
    "require_movable",
]
