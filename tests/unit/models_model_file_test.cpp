// SPDX-License-Identifier: MIT
// Owns the unit tests of model files.
#include "models/model_file.h"

#include <ganface/face_generator.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "models/feature_network.h"
#include "temporary_folder.h"
#include "tiny_training.h"

namespace ganface::nn {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;

NetworkOptions tiny() {
  NetworkOptions options;
  options.image_size = 16;
  options.latent_size = 10;
  options.generator_channels = 4;
  options.discriminator_channels = 4;
  return options;
}

class ModelFile : public ::testing::Test {
 protected:
  ModelFile() {
    testing::initialise(*generator_, 5);
    testing::initialise(*discriminator_, 6);
    // Statistics other than the defaults, so that a buffer left behind would show.
    torch::NoGradGuard no_gradient;
    generator_(sample_latent(8, 10, 1));
    content_.metadata = architecture_metadata(tiny());
    add_network(content_, "generator", *generator_);
    add_network(content_, "discriminator", *discriminator_);
  }

  void expect_refused(std::initializer_list<std::string> parts) {
    core::write_safetensors(file_, content_);
    expect_error(ErrorCode::kModel, parts, [&] { load_model(file_, Execution{}); });
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "unit.safetensors";
  Generator generator_{tiny(), Execution{}};
  Discriminator discriminator_{tiny(), Execution{}};
  core::TensorFile content_;
};

TEST_F(ModelFile, GivesBackTheSameFunctionInEvaluationMode) {
  core::write_safetensors(file_, content_);
  Model model = load_model(file_, Execution{});
  EXPECT_EQ(model.metadata, content_.metadata);
  EXPECT_EQ(model.generator->is_training(), false);
  EXPECT_EQ(model.discriminator->is_training(), false);
  for (const at::Tensor& parameter : model.generator->parameters())
    EXPECT_EQ(parameter.requires_grad(), false);
  generator_->eval();
  discriminator_->eval();
  const at::Tensor z = sample_latent(3, 10, 2);
  const at::Tensor faces = generator_(z);
  EXPECT_TRUE(at::equal(model.generator(z), faces));
  EXPECT_TRUE(at::equal(model.discriminator(faces), discriminator_(faces)));
}

TEST_F(ModelFile, NamesTheTensorAndBothShapesWhenAShapeIsWrong) {
  content_.tensors["generator.up0.weight"] = store(at::zeros({8, 2, 4, 4}));
  expect_refused({"unit.safetensors", "'generator.up0.weight'", "[8, 2, 4, 4]", "[8, 4, 4, 4]"});
}

TEST_F(ModelFile, NamesTheTensorWhoseVarianceIsNegative) {
  at::Tensor variance = at::ones({4});
  variance[2] = -1;
  content_.tensors["generator.norm1.running_var"] = store(variance);
  expect_refused({"unit.safetensors", "'generator.norm1.running_var'", "below 0"});
}

TEST_F(ModelFile, RefusesANumberOfTheMetadataThatGoesOnAsText) {
  content_.metadata["latent_size"] = "10 or so";
  expect_refused({"unit.safetensors", "'latent_size'", "not a number"});
}

// Finite weights whose sums are not: what they paint is no picture.
TEST_F(ModelFile, AGeneratorThatOverflowsMakesNoFaces) {
  content_.tensors["generator.project.weight"] =
      store(at::full(generator_->named_parameters()["project.weight"].sizes(), 3e38));
  core::write_safetensors(file_, content_);
  const FaceGenerator generator(file_, "cpu");
  expect_error(ErrorCode::kModel, {"unit.safetensors", "not finite"},
               [&] { generator.generate(generator.sample(1, 1)); });
}

// The best possible figure of a comparison is 0, and so would be that of NaN.
TEST_F(ModelFile, AFeatureNetworkThatOverflowsGivesNoFeatures) {
  FeatureOptions options;
  options.image_size = 16;
  options.channels = 4;
  options.features = 8;
  FeatureNetwork network(options, Execution{});
  core::TensorFile content;
  content.metadata = architecture_metadata(options);
  add_network(content, "network", *network);
  const auto sizes = network->named_parameters()["down0.weight"].sizes();
  content.tensors["network.down0.weight"] = store(at::full(sizes, 3e38));
  core::write_safetensors(file_, content);
  expect_error(ErrorCode::kModel, {"unit.safetensors", "not finite"},
               [&] { load_features(file_, Execution{}); });
}

TEST_F(ModelFile, AFeatureNetworkOfSizesThatDoNotExistIsDamaged) {
  FeatureOptions options;
  options.image_size = 16;
  options.channels = 4;
  options.features = 8;
  core::TensorFile content;
  add_network(content, "network", *FeatureNetwork(options, Execution{}));
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"channels", "0"}, {"image_size", "17"}, {"features", "0"}, {"channels", "-3"}}) {
    content.metadata = architecture_metadata(options);
    content.metadata[key] = value;
    core::write_safetensors(file_, content);
    expect_error(ErrorCode::kModel, {"unit.safetensors"},
                 [&] { load_features(file_, Execution{}); });
  }
}

TEST_F(ModelFile, NamesTheTensorThatIsMissing) {
  content_.tensors.erase("discriminator.norm1.running_mean");
  expect_refused({"unit.safetensors", "'discriminator.norm1.running_mean'", "missing"});
}

TEST_F(ModelFile, NamesTheTensorThatIsNotFinite) {
  at::Tensor weight = at::zeros({8, 4, 4, 4});
  weight[3][2][1][0] = NAN;
  content_.tensors["generator.up0.weight"] = store(weight);
  expect_refused({"unit.safetensors", "'generator.up0.weight'", "not finite"});
}

TEST_F(ModelFile, RefusesToMakeNetworksThatItCannotHold) {
  content_.metadata["image_size"] = "256";
  content_.metadata["generator_channels"] = "1024";
  expect_refused({"unit.safetensors", "larger networks"});
}

TEST_F(ModelFile, RefusesAnotherArchitecture) {
  content_.metadata["architecture"] = "stylegan";
  expect_refused({"unit.safetensors", "'stylegan'", "'dcgan'"});
}

TEST_F(ModelFile, RefusesAFileWithoutMetadata) {
  content_.metadata.clear();
  expect_refused({"unit.safetensors", "architecture"});
}

TEST_F(ModelFile, RefusesSizesThatAreMissingNotNumbersOrOutOfRange) {
  content_.metadata["latent_size"] = "many";
  expect_refused({"unit.safetensors", "'latent_size'"});
  content_.metadata.erase("latent_size");
  expect_refused({"unit.safetensors", "'latent_size'"});
  content_.metadata = architecture_metadata(tiny());
  content_.metadata["image_size"] = "48";
  expect_refused({"unit.safetensors", "image size is 48"});
}

TEST(StoredTensor, IsRestoredWithTypeShapeAndBytes) {
  for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kFloat16, torch::kBFloat16,
                          torch::kInt64, torch::kInt32, torch::kUInt8}) {
    const at::Tensor tensor = at::arange(6).view({2, 3}).to(type);
    const at::Tensor restored = restore(store(tensor.t()));
    EXPECT_EQ(restored.scalar_type(), type);
    EXPECT_EQ(restored.sizes(), at::IntArrayRef({3, 2}));
    EXPECT_TRUE(at::equal(restored, tensor.t()));
  }
}

}  // namespace
}  // namespace ganface::nn
