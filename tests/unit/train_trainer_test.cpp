// SPDX-License-Identifier: MIT
// Owns the unit tests of whole training runs.
#include <ganface/image.h>
#include <ganface/training.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "temporary_folder.h"
#include "tiny_training.h"

namespace ganface {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

// 12 images make 3 steps an epoch, 6 in all.
class Training : public ::testing::Test {
 protected:
  Training() {
    testing::write_noise(folder_ / "faces", 12, 32);
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

  bool train() { return train_generator(options_, observer_); }

  void stop_after(int64_t step) {
    testing::RecordingObserver stopping;
    stopping.go_on = [step](const TrainingProgress& progress) { return progress.step < step; };
    EXPECT_EQ(train_generator(options_, stopping), false);
  }

  fs::path log_file() const {
    fs::path file = options_.out;
    file += ".train/log.jsonl";
    return file;
  }

  // The log's numbers but the speed, a line each; the start's variances left out.
  std::vector<std::string> log_values() const {
    std::vector<std::string> values;
    std::istringstream lines(read_file(log_file()));
    for (std::string line; std::getline(lines, line);) {
      auto entry = nlohmann::json::parse(line);
      entry.erase("images_per_second");
      if (!entry.contains("variances")) values.push_back(entry.dump());
    }
    return values;
  }

  testing::RecordingObserver observer_;
  TemporaryFolder folder_;
  TrainingOptions options_;
};

TEST_F(Training, WritesTheModelTheLogTheCheckpointAndASampleGridAnEpoch) {
  EXPECT_EQ(train(), true);
  std::vector<int64_t> steps;
  for (const TrainingProgress& progress : observer_.progress) {
    steps.push_back(progress.step);
    EXPECT_EQ(progress.steps, 6);
  }
  EXPECT_EQ(steps, (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(observer_.start.images, 12);
  EXPECT_EQ(observer_.start.layers.size(), 6u);
  const nn::Model model = nn::load_model(options_.out, nn::Execution{});
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

TEST_F(Training, ResumedRunWritesTheSameModelAndLogAsAnUninterruptedOne) {
  // 60 steps: the log has three lines, and the run stops between two.
  options_.epochs = 20;
  for (const double reconstruction : {0., 5.}) {
    options_.reconstruction = reconstruction;
    options_.augmentation = "color,translation";
    options_.out = folder_ / ("whole" + std::to_string(reconstruction) + ".safetensors");
    options_.resume = false;
    train();
    const std::string uninterrupted = read_file(options_.out);
    const std::vector<std::string> log = log_values();
    EXPECT_EQ(log.size(), 3u);
    options_.out = folder_ / ("resumed" + std::to_string(reconstruction) + ".safetensors");
    stop_after(33);
    EXPECT_EQ(fs::exists(options_.out), false);
    // What a run killed after its last checkpoint leaves: a later line, and a torn one.
    std::ofstream(log_file(), std::ios::app) << "{\"step\":40,\"value\":7}\n{\"ste";
    options_.resume = true;
    EXPECT_EQ(train(), true);
    EXPECT_EQ(observer_.start.step, 33);
    // Compared as a flag: a difference should not print two files.
    EXPECT_EQ(read_file(options_.out) == uninterrupted, true);
    EXPECT_EQ(log_values(), log);
  }
}

TEST_F(Training, WithReconstructionWritesAnEncoder) {
  options_.reconstruction = 5;
  train();
  EXPECT_EQ(nn::load_model(options_.out, nn::Execution{}).encoder.is_empty(), false);
  EXPECT_GT(observer_.progress.back().reconstruction, 0);
}

TEST_F(Training, GoesOnFromAModel) {
  options_.reconstruction = 5;
  train();
  options_.from = options_.out.string();
  options_.out = folder_ / "second.safetensors";
  options_.learning_rate = 1e-12;
  train();
  const nn::Model first = nn::load_model(options_.from, nn::Execution{});
  const nn::Model second = nn::load_model(options_.out, nn::Execution{});
  const auto expect_same = [](const torch::nn::Module& one, const torch::nn::Module& other) {
    for (size_t i = 0; i < one.parameters().size(); ++i)
      EXPECT_TRUE(at::allclose(one.parameters()[i], other.parameters()[i])) << i;
  };
  expect_same(*first.generator, *second.generator);
  expect_same(*first.discriminator, *second.discriminator);
  expect_same(*first.encoder, *second.encoder);
  options_.out = folder_ / "third.safetensors";
  options_.generator_channels = 4;
  expect_error(ErrorCode::kUsage, {"generator_channels is 8", "4 here"}, [&] { train(); });
}

TEST_F(Training, NotesTheFormsOfTheNetworksInTheModel) {
  options_.upsampling = "resize";
  options_.normalisation = "spectral";
  options_.initialisation = "he-backward";
  options_.centre = true;
  options_.gradient_penalty = 1;
  options_.loss = "hinge";
  train();
  const nn::Model model = nn::load_model(options_.out, nn::Execution{});
  EXPECT_EQ(model.generator->options.upsampling, nn::Upsampling::kResize);
  EXPECT_EQ(model.discriminator->options.normalisation, nn::Normalisation::kSpectral);
  EXPECT_EQ(model.discriminator->options.centred, true);
  EXPECT_EQ(model.metadata.at("recipe.initialisation"), "he-backward");
}

TEST_F(Training, DrawsCurvesOrSaysWhyNot) {
  options_.epochs = 20;
  train();
  std::string failure;
  for (const std::string& warning : observer_.warnings) {
    if (warning.find("gnuplot") != std::string::npos) failure = warning;
  }
  const fs::path curves = folder_ / "model.safetensors.train/curves.png";
  EXPECT_EQ(fs::exists(curves), failure.empty()) << failure;
  if (failure.empty()) {
    EXPECT_GT(read_image(curves).width, 0);
  }
}

TEST_F(Training, RemovesWhatAKilledRunLeftHalfWritten) {
  const fs::path torn =
      folder_ / "model.safetensors.train/.checkpoint.ganface-abcdefg2.safetensors";
  stop_after(1);
  write_file(torn, "half");
  options_.resume = true;
  train();
  EXPECT_EQ(fs::exists(torn), false);
}

TEST_F(Training, SkipsDamagedImagesNamingThem) {
  write_file(folder_ / "faces/torn.jpg", "no picture");
  write_file(folder_ / "faces/torn.png", read_file(folder_ / "faces/person-0/0.png").substr(0, 90));
  train();
  EXPECT_EQ(observer_.start.images, 12);
  EXPECT_EQ(observer_.start.skipped,
            (std::vector<fs::path>{folder_ / "faces/torn.jpg", folder_ / "faces/torn.png"}));
  ASSERT_GE(observer_.warnings.size(), 2u);
  EXPECT_NE(observer_.warnings[0].find("torn.jpg"), std::string::npos);
}

TEST_F(Training, RefusesAFolderOfDamagedImages) {
  options_.folder = folder_ / "torn";
  fs::create_directory(options_.folder);
  write_file(options_.folder / "torn.jpg", "no picture");
  expect_error(ErrorCode::kInput, {"none of the 1 images", "torn.jpg"}, [&] { train(); });
}

TEST_F(Training, RefusesImagesOfTwoSizesNamingBoth) {
  write_png(folder_ / "faces/zz.png", Image(40, 40, 3).view());
  expect_error(ErrorCode::kInput, {"zz.png' is 40x40", "0.png' is 32x32", "one size"},
               [&] { train(); });
}

TEST_F(Training, WarnsWhenTheDiscriminatorHasWon) {
  // Noise is told from a generator that cannot learn.
  options_.learning_rate = 2e-3;
  options_.generator_channels = 1;
  options_.discriminator_steps = 3;
  options_.folder = folder_ / "many";
  testing::write_noise(options_.folder, 128, 16);
  options_.epochs = 40;  // of ten steps
  train();
  bool warned = false;
  for (const std::string& warning : observer_.warnings)
    warned = warned || warning.find("D has won") != std::string::npos;
  EXPECT_EQ(warned, true);
}

TEST_F(Training, OnAFullDiskSaysSoAndKeepsNothingHalfWritten) {
  options_.out = "/dev/full/model.safetensors";
  expect_error(ErrorCode::kOutput, {"/dev/full/model.safetensors.train"}, [&] { train(); });
}

TEST_F(Training, RefusesToOverwriteACheckpoint) {
  stop_after(1);
  expect_error(ErrorCode::kUsage, {"checkpoint.safetensors", "--resume"}, [&] { train(); });
}

TEST_F(Training, RefusesToResumeWithAnotherOptionNamingIt) {
  stop_after(1);
  options_.resume = true;
  options_.batch_size = 3;
  expect_error(ErrorCode::kUsage, {"batch_size was 4 and is now 3"}, [&] { train(); });
}

TEST_F(Training, RefusesToResumeWithoutACheckpoint) {
  options_.resume = true;
  expect_error(ErrorCode::kModel, {"checkpoint.safetensors", "no such file"}, [&] { train(); });
}

TEST_F(Training, RefusesAnEmptyFolder) {
  options_.folder = folder_ / "empty";
  fs::create_directory(options_.folder);
  expect_error(ErrorCode::kInput, {options_.folder.string(), "holds no image"}, [&] { train(); });
}

TEST_F(Training, RefusesAnImageThatIsNotSquareNamingIt) {
  write_png(folder_ / "faces/wide.png", Image(40, 32, 3).view());
  expect_error(ErrorCode::kInput, {"wide.png", "40x32", "square"}, [&] { train(); });
}

TEST_F(Training, RefusesFewerImagesThanABatch) {
  options_.batch_size = 13;
  expect_error(ErrorCode::kInput, {"12 images", "13"}, [&] { train(); });
}

TEST_F(Training, RefusesOptionsOutOfRange) {
  options_.out = folder_ / "model.bin";
  expect_error(ErrorCode::kUsage, {"model.bin", ".safetensors"}, [&] { train(); });
  options_.out = folder_ / "model.safetensors";
  options_.image_size = 20;
  expect_error(ErrorCode::kUsage, {"image size is 20"}, [&] { train(); });
}

}  // namespace
}  // namespace ganface
