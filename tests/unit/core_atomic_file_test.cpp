// SPDX-License-Identifier: MIT
// Owns the unit tests of the rule that no half-written file is seen under its final name.
#include "core/atomic_file.h"

#include <ganface/output_file.h>

#include <iterator>
#include <set>
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

TEST(AtomicFile, KeepsTheModeOfTheFileThatItReplaces) {
  const TemporaryFolder folder;
  write_file(folder / "private", "old");
  fs::permissions(folder / "private", fs::perms::owner_read | fs::perms::owner_write);
  write_atomically(folder / "private", [&](const fs::path& temporary) {
    // Nobody else can read what is not complete either.
    EXPECT_EQ(fs::status(temporary).permissions(), fs::status(folder / "private").permissions());
    write_file(temporary, "new");
  });
  EXPECT_EQ(read_file(folder / "private"), "new");
  EXPECT_EQ(fs::status(folder / "private").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(AtomicFile, GivesANewFileTheModeOfAnyOther) {
  const TemporaryFolder folder;
  write_file(folder / "other", "");
  write_atomically(folder / "new", [](const fs::path& temporary) { write_file(temporary, "new"); });
  EXPECT_EQ(fs::status(folder / "new").permissions(), fs::status(folder / "other").permissions());
}

TEST(AtomicFile, FollowsLinksAlsoToAFileThatIsNotThere) {
  const TemporaryFolder folder, elsewhere;
  write_file(elsewhere / "old", "old");
  fs::create_symlink(elsewhere / "old", folder / "link");
  fs::create_symlink("link", folder / "chain");
  fs::create_symlink(elsewhere / "absent", folder / "dangling");
  for (const char* name : {"chain", "dangling"})
    write_atomically(folder / name,
                     [](const fs::path& temporary) { write_file(temporary, "new"); });
  EXPECT_EQ(fs::is_symlink(folder / "link"), true);
  EXPECT_EQ(fs::is_symlink(folder / "dangling"), true);
  EXPECT_EQ(read_file(elsewhere / "old"), "new");
  EXPECT_EQ(read_file(elsewhere / "absent"), "new");
  EXPECT_EQ(folder.entries(), 3u);
}

TEST(AtomicFile, RefusesLinksThatGoRoundAndDevices) {
  const TemporaryFolder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  expect_error(ErrorCode::kOutput, {"/a'", "go round"},
               [&] { write_atomically(folder / "a", [](const fs::path&) {}); });
  fs::create_symlink("/dev/null", folder / "device");
  expect_error(ErrorCode::kOutput, {"/device'", "device"},
               [&] { write_atomically(folder / "device", [](const fs::path&) {}); });
}

TEST(AtomicFile, WritesANameAsLongAsTheFileSystemHasThem) {
  const TemporaryFolder folder;
  const std::string name(251, 'n');
  write_atomically(folder / (name + ".png"),
                   [](const fs::path& temporary) { write_file(temporary, "new"); });
  EXPECT_EQ(read_file(folder / (name + ".png")), "new");
}

TEST(AtomicFile, UsesAnotherNameEachTime) {
  const TemporaryFolder folder;
  std::set<fs::path> names;
  for (int i = 0; i < 20; ++i)
    write_atomically(folder / "a", [&](const fs::path& temporary) { names.insert(temporary); });
  EXPECT_EQ(names.size(), 20u);
}

TEST(AtomicFile, RemovesWhatAKilledProcessLeftAndNothingElse) {
  const TemporaryFolder folder;
  const auto a_killed_one = [&](const char* name) { write_file(folder / name, "half"); };
  a_killed_one(".a.ganface-abcdefg2.png");
  a_killed_one(".a.ganface-abcdefg3.png.removed");
  a_killed_one(".a.ganface-abcdefg4");
  fs::create_directory(folder / ".ganface-abcdefg5");
  a_killed_one(".ganface-abcdefg5/1.png");
  const char* const others[] = {".a.original.png",          ".a.ganface-abcdefg1.png",
                                ".a.ganface-abcdefg22.png", ".a.ganface-abcdefg",
                                "a.ganface-abcdefg2.png",   ".ganface-notes.txt"};
  for (const char* name : others) write_file(folder / name, "mine");
  fs::create_symlink(folder / ".a.original.png", folder / ".l.ganface-abcdefg6.png");
  write_atomically(folder / "a.png", [](const fs::path& temporary) { write_file(temporary, "a"); });
  for (const char* name : others) EXPECT_EQ(fs::exists(folder / name), true) << name;
  EXPECT_EQ(folder.entries(), std::size(others) + 2) << "a.png and the link";
}

TEST(AtomicFile, LeavesWhatIsStillWorkedOn) {
  const TemporaryFolder folder;
  write_atomically(folder / "a", [&](const fs::path& temporary) {
    write_file(temporary, "a");  // as a sink that opens it anew
    remove_left_behind(folder.path());
    EXPECT_EQ(fs::exists(temporary), true);
  });
  const Unfinished pictures = Unfinished::folder(folder.path());
  remove_left_behind(folder.path());
  EXPECT_EQ(fs::exists(pictures.path()), true);
}

TEST(AtomicFile, WhatNobodyWorksOnAnyMoreIsLeftBehind) {
  const TemporaryFolder folder;
  { const Unfinished file = Unfinished::file(folder / "a.png"); }
  { const Unfinished pictures = Unfinished::folder(folder.path()); }
  EXPECT_EQ(folder.entries(), 2u);
  remove_left_behind(folder.path());
  EXPECT_EQ(folder.entries(), 0u);
}

}  // namespace
}  // namespace ganface::core
