"""Export formats by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from emobility_core.accounting import ErpExport, UnknownExportFormat

Maker = Callable[[], ErpExport]


@attrs.define
class ExportFormats:
    """Each is made when it is first asked for: what nobody uses is not imported."""

    makers: Mapping[str, Maker]
    _made: dict[str, ErpExport] = attrs.field(factory=dict, init=False)

    def get(self, name: str) -> ErpExport:
        """Return the format; raise `UnknownExportFormat`."""
        if name not in self.makers:
            raise UnknownExportFormat(name, tuple(sorted(self.makers)))
        if name not in self._made:
            self._made[name] = self.makers[name]()
        return self._made[name]
