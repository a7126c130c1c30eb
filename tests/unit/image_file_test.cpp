// SPDX-License-Identifier: MIT
// Owns the unit tests of image files and folders of them.
#include <ganface/image.h>
#include <sys/stat.h>

#include <filesystem>

#include "temporary_folder.h"

namespace ganface {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::TemporaryFolder;
using testing::write_file;

TEST(ImageFile, ReadsBackTheRgbPixelsOfAPng) {
  const TemporaryFolder folder;
  Image image(3, 2, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 14);
  write_png(folder / "a.png", image.view());
  const Image read = read_image(folder / "a.png");
  EXPECT_EQ(read.width, 3);
  EXPECT_EQ(read.height, 2);
  EXPECT_EQ(read.channels, 3);
  EXPECT_EQ(read.pixels, image.pixels);
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(ImageFile, ReadsAGreyPngAsRgb) {
  const TemporaryFolder folder;
  Image image(2, 1, 1);
  image.pixels = {5, 200};
  write_png(folder / "grey.png", image.view());
  EXPECT_EQ(read_image(folder / "grey.png").pixels, (std::vector<uint8_t>{5, 5, 5, 200, 200, 200}));
}

TEST(ImageFile, WritesARegionOfALargerImage) {
  const TemporaryFolder folder;
  const Image image(4, 4, 3, 77);
  write_png(folder / "part.png", {image.row(0), 2, 2, 3, 12});
  EXPECT_EQ(read_image(folder / "part.png").pixels, std::vector<uint8_t>(12, 77));
}

TEST(ImageFile, RefusesATextFileNamedPng) {
  const TemporaryFolder folder;
  write_file(folder / "text.png", "this is no picture at all");
  expect_error(ErrorCode::kInput, {"text.png", "neither JPEG nor PNG"},
               [&] { read_image(folder / "text.png"); });
}

TEST(ImageFile, RefusesAnEmptyFile) {
  const TemporaryFolder folder;
  write_file(folder / "empty.png", "");
  expect_error(ErrorCode::kInput, {"empty.png"}, [&] { read_image(folder / "empty.png"); });
}

TEST(ImageFile, RefusesATruncatedPng) {
  const TemporaryFolder folder;
  write_png(folder / "a.png", Image(16, 16, 3, 9).view());
  const std::string bytes = testing::read_file(folder / "a.png");
  write_file(folder / "cut.png", bytes.substr(0, bytes.size() / 2));
  expect_error(ErrorCode::kInput, {"cut.png", "damaged PNG"},
               [&] { read_image(folder / "cut.png"); });
}

TEST(ImageFile, RefusesADamagedJpeg) {
  const TemporaryFolder folder;
  write_file(folder / "a.jpg", "\xff\xd8 and then nothing that belongs to a picture");
  expect_error(ErrorCode::kInput, {"a.jpg", "damaged JPEG"}, [&] { read_image(folder / "a.jpg"); });
}

TEST(ImageFile, RefusesAMissingFile) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kInput, {"none.png", "no such file"},
               [&] { read_image(folder / "none.png"); });
}

TEST(ImageFile, DoesNotWaitForAPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe.png").c_str(), 0600), 0);
  expect_error(ErrorCode::kInput, {"pipe.png", "pipe"}, [&] { read_image(folder / "pipe.png"); });
}

TEST(ImageFile, RefusesToWriteIntoAMissingFolder) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kOutput, {"absent"},
               [&] { write_png(folder / "absent/a.png", Image(1, 1, 3).view()); });
}

TEST(ListImages, FindsFilesAtAnyDepthSortedByPath) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "b/deep");
  for (const char* name : {"c.PNG", "b/deep/x.jpeg", "b/a.jpg", "notes.txt", "a.png"})
    write_file(folder / name, "");
  EXPECT_EQ(list_images(folder.path()),
            (std::vector<fs::path>{folder / "a.png", folder / "b/a.jpg", folder / "b/deep/x.jpeg",
                                   folder / "c.PNG"}));
}

TEST(ListImages, FollowsLinksToFilesAndFolders) {
  const TemporaryFolder folder, elsewhere;
  write_file(elsewhere / "far.png", "");
  fs::create_directory_symlink(elsewhere.path(), folder / "linked");
  fs::create_symlink(elsewhere / "far.png", folder / "near.png");
  EXPECT_EQ(list_images(folder.path()),
            (std::vector<fs::path>{folder / "linked/far.png", folder / "near.png"}));
}

// Followed as paths, two links to their own folder are 2^40 ways, and a row of folders with two
// links each to the next one as many.
TEST(ListImages, LooksIntoAFolderOnceHoweverManyLinksLeadThere) {
  const TemporaryFolder folder;
  write_file(folder / "x.png", "");
  fs::create_directory_symlink(".", folder / "a");
  fs::create_directory_symlink(".", folder / "b");
  for (int i = 0; i < 40; ++i) {
    const fs::path level = folder / ("level" + std::to_string(i));
    fs::create_directory(level);
    for (const char* name : {"a", "b"})
      fs::create_directory_symlink("../level" + std::to_string(i + 1), level / name);
  }
  fs::create_directory(folder / "level40");
  write_file(folder / "level40/deep.png", "");
  EXPECT_EQ(list_images(folder.path()),
            (std::vector<fs::path>{folder / "level40/deep.png", folder / "x.png"}));
}

TEST(ListImages, RefusesAFolderWithoutImages) {
  const TemporaryFolder folder;
  write_file(folder / "notes.txt", "");
  expect_error(ErrorCode::kInput, {folder.path().string(), "holds no image"},
               [&] { list_images(folder.path()); });
}

TEST(ListImages, RefusesAMissingFolder) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kInput, {"absent", "does not exist"},
               [&] { list_images(folder / "absent"); });
}

}  // namespace
}  // namespace ganface
