// SPDX-License-Identifier: MIT
// Owns the unit tests of the training of encoders.
#include <ganface/encoder_training.h>
#include <gtest/gtest.h>

#include "temporary_folder.h"
#include "tiny_training.h"

namespace ganface {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;

// A tiny generator with random weights, and 12 photographs: 3 steps an epoch.
class EncoderTraining : public ::testing::Test {
 protected:
  EncoderTraining() {
    testing::write_tiny_model(folder_ / "plain.safetensors");
    testing::write_noise(folder_ / "faces", 12, 16);
    options_.folder = folder_ / "faces";
    options_.model = folder_ / "plain.safetensors";
    options_.out = folder_ / "model.safetensors";
    options_.batch_size = 4;
    options_.epochs = 2;
    options_.device = "cpu";
  }

  testing::TemporaryFolder folder_;
  EncoderTrainingOptions options_;
};

TEST_F(EncoderTraining, AddsAnEncoderAndKeepsTheRestOfTheModel) {
  int64_t steps = 0;
  EXPECT_TRUE(train_encoder(options_, [&](const NetworkProgress& progress) {
    EXPECT_EQ(progress.steps, 6);
    EXPECT_GT(progress.loss, progress.error);
    steps = progress.step;
    return true;
  }));
  EXPECT_EQ(steps, 6);
  const core::TensorFile plain = core::read_safetensors(folder_ / "plain.safetensors");
  const core::TensorFile made = core::read_safetensors(options_.out);
  for (const auto& [name, tensor] : plain.tensors)
    EXPECT_EQ(made.tensors.at(name).bytes == tensor.bytes, true) << name;
  EXPECT_TRUE(nn::load_model(folder_ / "plain.safetensors", {}).encoder.is_empty());
  nn::Model model = nn::load_model(options_.out, {});
  ASSERT_FALSE(model.encoder.is_empty());
  EXPECT_EQ(model.metadata.at("encoder.epochs"), "2");
  // Values in range, whatever stands in the hole.
  at::Tensor images = at::rand({2, 3, 16, 16}), holes = at::zeros({2, 1, 16, 16});
  holes.slice(2, 4, 12).fill_(1);
  const at::Tensor z = model.encoder(images, holes);
  EXPECT_EQ(z.sizes(), at::IntArrayRef({2, 10}));
  EXPECT_LE(z.abs().max().item<float>(), 1.f);
  EXPECT_TRUE(at::equal(model.encoder(images * (1 - holes) - 0.4f * holes, holes), z));
}

TEST_F(EncoderTraining, SameSeedWritesTheSameBytes) {
  train_encoder(options_, [](const NetworkProgress&) { return true; });
  const std::string first = testing::read_file(options_.out);
  train_encoder(options_, [](const NetworkProgress&) { return true; });
  EXPECT_EQ(testing::read_file(options_.out) == first, true);
}

TEST_F(EncoderTraining, GoesOnFromTheModelsEncoder) {
  const auto go_on = [](const NetworkProgress&) { return true; };
  options_.epochs = 20;
  train_encoder(options_, go_on);
  options_.model = options_.out.string();
  options_.epochs = 1;
  options_.learning_rate = 1e-9;
  train_encoder(options_, go_on);
  const nn::Model model = nn::load_model(options_.out, {});
  nn::Encoder fresh(testing::tiny_networks(), nn::Execution{});
  testing::initialise(*fresh, options_.seed);
  EXPECT_GT((model.encoder->parameters()[0] - fresh->parameters()[0]).abs().max().item<float>(),
            1e-3f);
}

TEST_F(EncoderTraining, WritesNothingWhenStopped) {
  EXPECT_FALSE(train_encoder(options_, [](const NetworkProgress&) { return false; }));
  EXPECT_FALSE(fs::exists(options_.out));
}

TEST_F(EncoderTraining, RefusesWhatCannotWork) {
  const auto go_on = [](const NetworkProgress&) { return true; };
  options_.model = "no-such-model";
  expect_error(ErrorCode::kModel, {"no-such-model"}, [&] { train_encoder(options_, go_on); });
  options_.model = folder_ / "plain.safetensors";
  options_.batch_size = 13;
  expect_error(ErrorCode::kInput, {"12 images", "13"}, [&] { train_encoder(options_, go_on); });
  options_.out = "model.bin";
  expect_error(ErrorCode::kUsage, {"model.bin", ".safetensors"},
               [&] { train_encoder(options_, go_on); });
}

}  // namespace
}  // namespace ganface
