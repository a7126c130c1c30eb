// SPDX-License-Identifier: MIT
// Owns the unit tests of whole training runs.
#include <ganface/image.h>
#include <ganface/training.h>
#include <gtest/gtest.h>

#include <random>

#include "gan/model_file.h"
#include "temporary_folder.h"

namespace ganface {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

bool go_on(const TrainingProgress&) { return true; }

// 12 images make 3 steps an epoch, 6 in all.
class Training : public ::testing::Test {
 protected:
  Training() {
    fs::create_directory(folder_ / "faces");
    std::mt19937 random(1);
    for (int i = 0; i < 12; ++i) {
      Image image(32, 32, 3);
      for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(random());
      write_png(folder_ / ("faces/" + std::to_string(i) + ".png"), image.view());
    }
    options_.folder = folder_ / "faces";
    options_.out = folder_ / "model.safetensors";
    options_.image_size = 16;
    options_.latent_size = 10;
    options_.generator_channels = 8;
    options_.discriminator_channels = 8;
    options_.batch_size = 4;
    options_.epochs = 2;
    options_.device = "cpu";
  }

  void stop_after(int64_t step) {
    EXPECT_EQ(train_generator(
                  options_, [&](const TrainingProgress& progress) { return progress.step < step; }),
              false);
  }

  TemporaryFolder folder_;
  TrainingOptions options_;
};

TEST_F(Training, WritesTheModelTheLogTheCheckpointAndASampleGridAnEpoch) {
  std::vector<int64_t> steps;
  EXPECT_EQ(train_generator(options_,
                            [&](const TrainingProgress& progress) {
                              steps.push_back(progress.step);
                              EXPECT_EQ(progress.steps, 6);
                              return true;
                            }),
            true);
  EXPECT_EQ(steps, (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  const gan::Model model = gan::load_model(options_.out, gan::Execution{});
  EXPECT_EQ(model.metadata.at("recipe.epochs"), "2");
  EXPECT_EQ(model.metadata.at("recipe.training_images"), "12");
  const fs::path work = folder_ / "model.safetensors.train";
  EXPECT_EQ(fs::exists(work / "log.jsonl"), true);
  EXPECT_EQ(fs::exists(work / "checkpoint.safetensors"), true);
  for (const char* name : {"epoch-001.png", "epoch-002.png"}) {
    const Image grid = read_image(work / name);
    EXPECT_EQ(grid.width, 8 * 16);
    EXPECT_EQ(grid.height, 8 * 16);
  }
}

TEST_F(Training, ResumedRunWritesTheSameModelAsAnUninterruptedOne) {
  train_generator(options_, go_on);
  const std::string uninterrupted = read_file(options_.out);
  options_.out = folder_ / "resumed.safetensors";
  stop_after(4);
  EXPECT_EQ(fs::exists(options_.out), false);
  options_.resume = true;
  EXPECT_EQ(train_generator(options_, go_on), true);
  // Compared as a flag: a difference should not print two files.
  EXPECT_EQ(read_file(options_.out) == uninterrupted, true);
}

TEST_F(Training, RefusesToOverwriteACheckpoint) {
  stop_after(1);
  expect_error(ErrorCode::kUsage, {"checkpoint.safetensors", "--resume"},
               [&] { train_generator(options_, go_on); });
}

TEST_F(Training, RefusesToResumeWithAnotherOptionNamingIt) {
  stop_after(1);
  options_.resume = true;
  options_.batch_size = 3;
  expect_error(ErrorCode::kUsage, {"batch_size was 4 and is now 3"},
               [&] { train_generator(options_, go_on); });
}

TEST_F(Training, RefusesToResumeWithoutACheckpoint) {
  options_.resume = true;
  expect_error(ErrorCode::kModel, {"checkpoint.safetensors", "no such file"},
               [&] { train_generator(options_, go_on); });
}

TEST_F(Training, RefusesAnEmptyFolder) {
  options_.folder = folder_ / "empty";
  fs::create_directory(options_.folder);
  expect_error(ErrorCode::kInput, {options_.folder.string(), "holds no image"},
               [&] { train_generator(options_, go_on); });
}

TEST_F(Training, RefusesAnImageThatIsNotSquareNamingIt) {
  write_png(folder_ / "faces/wide.png", Image(40, 32, 3).view());
  expect_error(ErrorCode::kInput, {"wide.png", "40x32", "square"},
               [&] { train_generator(options_, go_on); });
}

TEST_F(Training, RefusesFewerImagesThanABatch) {
  options_.batch_size = 13;
  expect_error(ErrorCode::kInput, {"12 images", "13"}, [&] { train_generator(options_, go_on); });
}

TEST_F(Training, RefusesOptionsOutOfRange) {
  options_.out = folder_ / "model.bin";
  expect_error(ErrorCode::kUsage, {"model.bin", ".safetensors"},
               [&] { train_generator(options_, go_on); });
  options_.out = folder_ / "model.safetensors";
  options_.image_size = 20;
  expect_error(ErrorCode::kUsage, {"image size is 20"}, [&] { train_generator(options_, go_on); });
}

}  // namespace
}  // namespace ganface
