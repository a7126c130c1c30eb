// SPDX-License-Identifier: MIT
// Owns the unit tests of the rule that no half-written file is seen under its final name.
#include "core/atomic_file.h"

#include <stdexcept>

#include "temporary_folder.h"

namespace ganface::core {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

TEST(AtomicFile, ReplacesTheFileWhenTheWriteSucceeds) {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  write_atomically(folder / "a", [&](const fs::path& temporary) {
    EXPECT_EQ(temporary.parent_path(), folder.path());
    write_file(temporary, "new");
    EXPECT_EQ(read_file(folder / "a"), "old");
  });
  EXPECT_EQ(read_file(folder / "a"), "new");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, KeepsTheOldFileAndNothingElseWhenTheWriteThrows) {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  EXPECT_THROW(write_atomically(folder / "a",
                                [](const fs::path& temporary) {
                                  write_file(temporary, "half");
                                  throw std::runtime_error("disk full");
                                }),
               std::runtime_error);
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, RemovesTheTemporaryFileWhenTheNameIsAFolder) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "a");
  expect_error(ErrorCode::kOutput, {"/a'"}, [&] {
    write_atomically(folder / "a", [](const fs::path& temporary) { write_file(temporary, "new"); });
  });
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, RefusesAMissingFolderBeforeWriting) {
  const TemporaryFolder folder;
  bool called = false;
  expect_error(ErrorCode::kOutput, {"absent", "does not exist"}, [&] {
    write_atomically(folder / "absent/a", [&](const fs::path&) { called = true; });
  });
  EXPECT_EQ(called, false);
}

}  // namespace
}  // namespace ganface::core
