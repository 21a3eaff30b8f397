"""Files in a folder of this machine."""

from emobility_adapters.files.folder import FilesUnavailable, FolderFiles

__all__ = ["FilesUnavailable", "FolderFiles"]
