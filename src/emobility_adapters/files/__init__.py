"""Files in a folder of this machine."""

from emobility_adapters.files.folder import FolderFiles

__all__ = ["FolderFiles"]
