"""File stores keep their promises, in memory and in a folder."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emobility_adapters.files import FilesUnavailable, FolderFiles
from emobility_adapters.memory import MemoryFiles
from emobility_core.commands import FileStore
from emobility_core.testing import contracts
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON, SeededIds


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
        files.sweep(NOON)  # there is no folder yet
        await self.test_what_was_put_is_read(files)
        (whole,) = files.folder.iterdir()
        part = files.folder / f"{whole.name}.0a1b2c.part"
        part.write_bytes(b"half")
        os.utime(part, (0, NOON.timestamp()))
        files.sweep(NOON)
        assert part.exists()  # somebody writes it still
        files.sweep(later(seconds=1))
        assert list(files.folder.iterdir()) == [whole]

    async def test_a_disk_that_fails_is_named(self, tmp_path: Path) -> None:
        """Upkeep and uploads know what to do about it; a bare error of the system would end the server."""

        async def pieces() -> AsyncIterator[bytes]:
            yield b"log"

        files, id = FolderFiles(tmp_path), SeededIds().uuid7(NOON)
        (tmp_path / id.hex / "in-the-way").mkdir(parents=True)
        with pytest.raises(FilesUnavailable):
            await files.put(id, pieces(), most=10)
        with pytest.raises(FilesUnavailable):
            await anext(files.read(id))
        with pytest.raises(FilesUnavailable):
            await files.drop(id)
        assert os.listdir(tmp_path) == [id.hex]
