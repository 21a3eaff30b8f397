"""File stores keep their promises, in memory and in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobility_adapters.files import FolderFiles
from emobility_adapters.memory import MemoryFiles
from emobility_core.commands import FileStore
from emobility_core.testing import contracts


class TestMemory(contracts.FileStoreContract):
    @pytest.fixture
    def files(self) -> FileStore:
        return MemoryFiles()


class TestFolder(contracts.FileStoreContract):
    @pytest.fixture
    def files(self, tmp_path: Path) -> FileStore:
        return FolderFiles(tmp_path / "a" / "files")

    async def test_nothing_half_written_stays_and_nobody_else_may_look(self, tmp_path: Path) -> None:
        folder = tmp_path / "a" / "files"
        await self.test_what_breaks_off_leaves_nothing_and_may_be_tried_again(FolderFiles(folder))
        await self.test_what_is_too_large_leaves_nothing(FolderFiles(tmp_path / "b"))
        assert len(list(folder.iterdir())) == 1
        assert list((tmp_path / "b").iterdir()) == []
        assert folder.stat().st_mode & 0o077 == 0

    async def test_what_a_crash_left_half_written_is_swept(self, tmp_path: Path) -> None:
        files = FolderFiles(tmp_path / "files")
        files.sweep()  # there is no folder yet
        await self.test_what_was_put_is_read(files)
        (whole,) = files.folder.iterdir()
        (files.folder / f"{whole.name}.0a1b2c.part").write_bytes(b"half")
        files.sweep()
        assert list(files.folder.iterdir()) == [whole]
