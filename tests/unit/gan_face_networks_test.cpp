// SPDX-License-Identifier: MIT
// Tests of the networks that find faces, align them and segment what covers them.
#include "gan/face_networks.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace ganface::gan {
namespace {

OcclusionInput asked(const at::Tensor& crops) {
  const at::Tensor ones = at::ones({crops.size(0), 1, crops.size(2), crops.size(3)});
  return {crops, at::randn_like(crops), ones, ones};
}

template <typename Network>
void look_at(Network& network, const at::Tensor& pictures) {
  if constexpr (std::is_same_v<Network, OcclusionNetwork>)
    network(asked(pictures));
  else
    network(pictures);
}

template <typename Network>
Network drawn(const Execution& execution = {}) {
  Network network(execution);
  initialise_face_network(*network, at::detail::createCPUGenerator(3));
  // Running statistics as a training leaves them.
  network->train();
  torch::NoGradGuard no_gradient;
  for (int i = 0; i < 3; ++i) look_at(network, at::randn({4, 3, kAlignerSize, kAlignerSize}));
  network->eval();
  return network;
}

TEST(FaceNetworks, HaveTheShapesTheySayTheyHave) {
  torch::NoGradGuard no_gradient;
  const auto levels = drawn<FaceFinder>()(at::randn({2, 3, 100, 250}));
  ASSERT_EQ(levels.size(), finder_levels().size());
  for (size_t i = 0; i < levels.size(); ++i) {
    const int64_t stride = finder_levels()[i].stride;
    EXPECT_EQ(levels[i].sizes().vec(), (std::vector<int64_t>{2, 5, (100 + stride - 1) / stride,
                                                             (250 + stride - 1) / stride}));
  }
  EXPECT_EQ(drawn<FaceAligner>()(at::randn({2, 3, kAlignerSize, kAlignerSize})).sizes().vec(),
            (std::vector<int64_t>{2, 13}));
  EXPECT_EQ(drawn<OcclusionNetwork>()(asked(at::randn({2, 3, 128, 128}))).sizes().vec(),
            (std::vector<int64_t>{2, 1, 128, 128}));
}

TEST(FaceNetworks, OccludersAreSeenInDimPicturesAsInGoodOnes) {
  torch::NoGradGuard no_gradient;
  OcclusionNetwork network = drawn<OcclusionNetwork>();
  OcclusionInput input{at::randn({1, 3, 128, 128}) * 0.3, {}, {}, {}};
  input.crop = input.crop - input.crop.slice(2, 16, 112).slice(3, 16, 112).mean({2, 3}, true);
  const at::Tensor good = network(input);
  input.crop = input.crop * 0.2;
  EXPECT_LT((network(input) - good).abs().max().item<float>(), 1e-3f);
  EXPECT_GT((good - network(asked(at::randn({1, 3, 128, 128})))).abs().max().item<float>(), 1e-2f);
}

TEST(FaceNetworks, WhereNothingOfAFaceHasChangedNothingCoversIt) {
  torch::NoGradGuard no_gradient;
  OcclusionNetwork network = drawn<OcclusionNetwork>();
  for (at::Tensor& parameter : network->parameters()) parameter.zero_();  // sees nothing itself
  torch::manual_seed(5);
  const at::Tensor face =
      at::upsample_bilinear2d(at::rand({1, 3, 6, 6}) * 1.8 - 0.9, {128, 128}, false);
  const at::Tensor everywhere = at::ones({1, 1, 128, 128});
  OcclusionInput input{face, face.clone(), everywhere, everywhere.clone()};
  const auto logit = [&](int64_t x, int64_t y) { return network(input)[0][0][y][x].item<float>(); };
  EXPECT_LT(logit(64, 64), -2);
  EXPECT_EQ(logit(2, 2), 0) << "around a face everything may change";
  input.look.slice(2, 50, 70).slice(3, 50, 70).neg_();
  input.kept.slice(2, 46, 74).slice(3, 46, 74).zero_();
  EXPECT_EQ(logit(60, 60), 0) << "changed";
  EXPECT_LT(logit(60, 100), -2);
  input.known = everywhere.clone();
  input.known.slice(2, 90, 110).zero_();
  EXPECT_EQ(logit(60, 100), 0) << "unknown";
  const at::Tensor before = network(input);
  input.look.slice(2, 0, 12).slice(3, 0, 12).neg_();
  EXPECT_TRUE(at::equal(network(input), before)) << "beside the face";
  input = {face, face.clone(), everywhere, everywhere};
  input.look.slice(2, 40, 128).neg_();
  EXPECT_GT(logit(64, 100), -1) << "most of the face has changed";
}

TEST(FaceNetworks, FoldingChangesNothingButRounding) {
  torch::NoGradGuard no_gradient;
  OcclusionNetwork network = drawn<OcclusionNetwork>();
  const OcclusionInput input = asked(at::randn({2, 3, 128, 128}));
  const at::Tensor before = network(input);
  for (const auto& module : network->modules())
    if (auto* block = module->as<ConvolutionBlockImpl>()) block->fold();
  EXPECT_LT((network(input) - before).abs().max().item<float>(), 1e-4f);
  EXPECT_GT(before.abs().max().item<float>(), 1e-3f);
}

TEST(FaceNetworks, AnAlignerTakesEveryGuessForRightUntilItHasLearned) {
  torch::NoGradGuard no_gradient;
  FaceAligner aligner = drawn<FaceAligner>();
  const at::Tensor answer = aligner(at::randn({4, 3, kAlignerSize, kAlignerSize}));
  const at::Tensor in_place = at::tensor({0.f, 0.f, 1.f, 0.f});
  for (const AlignerGuess guess :
       {AlignerGuess::kTracked, AlignerGuess::kFound, AlignerGuess::kSettled}) {
    const at::Tensor squares = FaceAlignerImpl::squares(answer, guess);
    ASSERT_EQ(squares.sizes(), (at::IntArrayRef{4, 4}));
    EXPECT_LT((squares - in_place).abs().max().item<float>(), 0.5f);
  }
  EXPECT_FALSE(at::equal(FaceAlignerImpl::squares(answer, AlignerGuess::kTracked),
                         FaceAlignerImpl::squares(answer, AlignerGuess::kFound)));
  EXPECT_FALSE(at::equal(FaceAlignerImpl::squares(answer, AlignerGuess::kFound),
                         FaceAlignerImpl::squares(answer, AlignerGuess::kSettled)));
}

TEST(FaceNetworks, SurviveAFile) {
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "model.safetensors";
  FaceAligner aligner = drawn<FaceAligner>();
  core::TensorFile content;
  content.metadata["architecture"] = kFaceMaskArchitecture;
  add_network(content, "aligner", *aligner);
  core::write_safetensors(file, content);
  FaceMaskModel model = load_facemask_model(file, {});
  EXPECT_FALSE(model.finder);
  EXPECT_FALSE(model.occlusion);
  torch::NoGradGuard no_gradient;
  const at::Tensor windows = at::randn({1, 3, kAlignerSize, kAlignerSize});
  EXPECT_LT((model.aligner->forward(windows) - aligner(windows)).abs().max().item<float>(), 1e-4f);

  content.metadata["architecture"] = "dcgan";
  core::write_safetensors(file, content);
  EXPECT_THROW(load_facemask_model(file, {}), Error);
}

}  // namespace
}  // namespace ganface::gan
