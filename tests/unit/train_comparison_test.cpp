// SPDX-License-Identifier: MIT
// Owns the unit tests of feature networks and of what compares generated faces with real ones.
#include <ganface/feature_training.h>
#include <ganface/frechet.h>
#include <ganface/neighbours.h>
#include <gtest/gtest.h>

#include "models/feature_network.h"
#include "temporary_folder.h"
#include "tiny_training.h"

namespace ganface {
namespace {

using testing::expect_error;

bool go_on(const NetworkProgress&) { return true; }

// Four people, told apart by the colour of their ten photographs.
class Comparison : public ::testing::Test {
 protected:
  Comparison() {
    std::mt19937 random(2);
    for (int i = 0; i < 40; ++i) {
      const auto person = folder_ / ("people/" + std::to_string(i / 10));
      std::filesystem::create_directories(person);
      Image image(16, 16, 3);
      for (size_t p = 0; p < image.pixels.size(); ++p)
        image.pixels[p] = static_cast<uint8_t>((static_cast<int>(p % 3) == i / 10 ? 180 : 40) +
                                               static_cast<int>(random() % 30));
      write_png(person / (std::to_string(i) + ".png"), image.view());
    }
    testing::write_tiny_model(folder_ / "model.safetensors");
    training_.folder = folder_ / "people";
    training_.out = folder_ / "features.safetensors";
    training_.image_size = 16;
    training_.channels = 8;
    training_.features = 6;
    training_.batch_size = 8;
    training_.epochs = 20;
    training_.device = "cpu";
  }

  FrechetOptions comparison(const std::filesystem::path& model) {
    train_features(training_, go_on);
    FrechetOptions options;
    options.model = model;
    options.folder = folder_ / "people";
    options.features = training_.out;
    options.samples = 50;
    options.device = "cpu";
    return options;
  }

  testing::TemporaryFolder folder_;
  FeatureTrainingOptions training_;
};

TEST_F(Comparison, FeaturesLearnToTellPeopleApart) {
  double wrong = 1;
  EXPECT_TRUE(train_features(training_, [&](const NetworkProgress& progress) {
    EXPECT_EQ(progress.steps, 20 * 4);  // 32 of 40 photographs, 8 held out
    wrong = progress.error;
    return true;
  }));
  EXPECT_LT(wrong, 0.5);
  const core::TensorFile content = core::read_safetensors(training_.out);
  EXPECT_EQ(content.metadata.at("people"), "4");
  EXPECT_EQ(content.metadata.at("held_out_images"), "8");
  EXPECT_GT(std::stod(content.metadata.at("held_out_accuracy")), 0.7);
  nn::FeatureNetwork network = nn::load_features(training_.out, nn::Execution{});
  EXPECT_EQ(network(at::zeros({2, 3, 16, 16})).sizes(), at::IntArrayRef({2, 6}));
}

TEST_F(Comparison, FeaturesNeedPeopleWithSeveralPhotographs) {
  training_.fewest_images = 11;
  expect_error(ErrorCode::kInput, {"0 people", "PERSON/IMAGE"},
               [&] { train_features(training_, go_on); });
}

TEST_F(Comparison, ImagesAreAtNoDistanceFromThemselvesAndNoiseIsFar) {
  FrechetOptions options = comparison(folder_ / "people");
  const FrechetDistances own = frechet_distances(options);
  EXPECT_EQ(own.samples, 40);
  EXPECT_EQ(own.images, 40);
  EXPECT_NEAR(own.pixels, 0, 1e-3);  // of variances near 1000
  EXPECT_NEAR(own.features, 0, 1e-3);
  testing::write_noise(folder_ / "noise", 40, 16);
  options.model = folder_ / "noise";
  const FrechetDistances noise = frechet_distances(options);
  EXPECT_GT(noise.pixels, 1);
  EXPECT_GT(noise.features, 0.1);
}

TEST_F(Comparison, GeneratorsAreSampled) {
  FrechetOptions options = comparison(folder_ / "model.safetensors");
  const FrechetDistances distances = frechet_distances(options);
  EXPECT_EQ(distances.samples, 50);
  EXPECT_GT(distances.pixels, 1);
  options.seed = 2;
  EXPECT_NE(frechet_distances(options).pixels, distances.pixels);
  options.samples = 1;
  expect_error(ErrorCode::kUsage, {"samples"}, [&] { frechet_distances(options); });
}

TEST_F(Comparison, RefusesAGeneratorAsFeatureNetwork) {
  FrechetOptions options = comparison(folder_ / "people");
  options.features = folder_ / "model.safetensors";
  expect_error(ErrorCode::kModel, {"'dcgan'", "'face-features'"},
               [&] { frechet_distances(options); });
}

TEST_F(Comparison, NeighbourOfACopyIsItsOriginal) {
  NeighbourOptions options;
  options.model = folder_ / "model.safetensors";
  options.folder = folder_ / "people";
  options.unseen = folder_ / "people";
  options.count = 3;
  options.device = "cpu";
  const Neighbours neighbours = find_neighbours(options);
  EXPECT_NEAR(neighbours.unseen, 0, 0.1);  // float32 differences of sums near 1000
  EXPECT_GT(neighbours.generated, 10);
  EXPECT_EQ(neighbours.sheet.width, 16 * 16);
  EXPECT_EQ(neighbours.sheet.height, 16);
  options.count = 0;
  expect_error(ErrorCode::kUsage, {"count"}, [&] { find_neighbours(options); });
}

}  // namespace
}  // namespace ganface
