// SPDX-License-Identifier: MIT
// Tests of the networks that find faces, align them and segment what covers them.
#include "models/face_networks.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ganface/error.h>
#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace ganface::nn {
namespace {

at::Tensor random_heads(int64_t count) {
  return at::randn({count, 3, kSegmenterSize, kSegmenterSize});
}

SegmenterInput asked(const at::Tensor& crops) {
  const at::Tensor ones = at::ones({crops.size(0), 1, crops.size(2), crops.size(3)});
  return {crops, at::randn_like(crops), ones, ones};
}

template <typename Network>
void look_at_something(Network& network) {
  if constexpr (std::is_same_v<Network, Segmenter>)
    network(asked(random_heads(4)));
  else
    network(at::randn({4, 3, kAlignerSize, kAlignerSize}));
}

template <typename Network>
Network drawn(const Execution& execution = {}) {
  Network network(execution);
  initialise_face_network(*network, at::detail::createCPUGenerator(3));
  // Running statistics as a training leaves them.
  network->train();
  torch::NoGradGuard no_gradient;
  for (int i = 0; i < 3; ++i) look_at_something(network);
  network->eval();
  return network;
}

TEST(FaceNetworks, HaveTheShapesTheySayTheyHave) {
  torch::NoGradGuard no_gradient;
  const auto levels = drawn<DetectorNetwork>()(at::randn({2, 3, 100, 250}));
  ASSERT_EQ(levels.size(), detector_levels().size());
  for (size_t i = 0; i < levels.size(); ++i) {
    const int64_t stride = detector_levels()[i].stride;
    EXPECT_EQ(levels[i].sizes().vec(), (std::vector<int64_t>{2, 5, (100 + stride - 1) / stride,
                                                             (250 + stride - 1) / stride}));
  }
  EXPECT_EQ(drawn<FaceAligner>()(at::randn({2, 3, kAlignerSize, kAlignerSize})).sizes().vec(),
            (std::vector<int64_t>{2, 13}));
  const SegmenterOutput output = drawn<Segmenter>()(asked(random_heads(2)));
  EXPECT_EQ(output.kinds.sizes(),
            at::IntArrayRef({2, kOccluderKinds, kSegmenterSize, kSegmenterSize}));
  EXPECT_EQ(output.oval.sizes(), at::IntArrayRef({2, 1, kSegmenterSize, kSegmenterSize}));
  EXPECT_EQ(output.face.sizes(), at::IntArrayRef({2}));
  EXPECT_EQ(output.pose.sizes(), at::IntArrayRef({2, 2}));
}

TEST(FaceNetworks, OccludersAreSeenInDimPicturesAsInGoodOnes) {
  torch::NoGradGuard no_gradient;
  Segmenter network = drawn<Segmenter>();
  SegmenterInput input{random_heads(1) * 0.3, {}, {}, {}};
  input.crop = input.crop - input.crop.slice(2, 40, 120).slice(3, 40, 120).mean({2, 3}, true);
  const at::Tensor good = network(input).kinds;
  input.crop = input.crop * 0.2;
  EXPECT_LT((network(input).kinds - good).abs().max().item<float>(), 1e-3f);
  EXPECT_GT((good - network(asked(random_heads(1))).kinds).abs().max().item<float>(), 1e-2f);
}

TEST(FaceNetworks, WhereNothingOfAFaceHasChangedNothingCoversIt) {
  torch::NoGradGuard no_gradient;
  Segmenter network = drawn<Segmenter>();
  for (at::Tensor& parameter : network->parameters()) parameter.zero_();  // sees nothing itself
  torch::manual_seed(5);
  // Of a contrast that is left as it is.
  const auto picture = [] {
    return at::upsample_bilinear2d(at::rand({1, 1, 6, 6}) * 3 - 1.5,
                                   {kSegmenterSize, kSegmenterSize}, false)
        .clamp(-0.9, 0.9)
        .repeat({1, 3, 1, 1});
  };
  const at::Tensor face = picture();
  const at::Tensor everywhere = at::ones({1, 1, kSegmenterSize, kSegmenterSize});
  SegmenterInput input{face, face.clone(), everywhere, everywhere.clone()};
  const auto nothing = [&](int64_t x, int64_t y) {
    return network(input).kinds[0][0][y][x].item<float>();
  };
  EXPECT_GT(nothing(80, 80), 2);
  EXPECT_EQ(nothing(28, 28), 0) << "around a face everything may change";
  EXPECT_EQ(network(input).kinds.slice(1, 1).abs().max().item<float>(), 0) << "the other kinds";
  input.look.slice(2, 68, 86).slice(3, 68, 86).neg_();
  input.kept.slice(2, 64, 90).slice(3, 64, 90).zero_();
  EXPECT_EQ(nothing(77, 77), 0) << "changed";
  EXPECT_GT(nothing(77, 110), 2);
  input.known = everywhere.clone();
  input.known.slice(2, 102, 118).zero_();
  EXPECT_EQ(nothing(77, 110), 0) << "unknown";
  const at::Tensor before = network(input).kinds;
  input.look.slice(2, 16, 28).slice(3, 16, 28).neg_();
  EXPECT_TRUE(at::equal(network(input).kinds, before)) << "beside the face";
  input = {face, picture(), everywhere, everywhere};
  EXPECT_LT(nothing(80, 110), 1) << "all of the face has changed";
}

TEST(FaceNetworks, FoldingChangesNothingButRounding) {
  torch::NoGradGuard no_gradient;
  Segmenter network = drawn<Segmenter>();
  const SegmenterInput input = asked(random_heads(2));
  const at::Tensor before = network(input).kinds;
  for (const auto& module : network->modules())
    if (auto* block = module->as<ConvolutionBlockImpl>()) block->fold();
  EXPECT_LT((network(input).kinds - before).abs().max().item<float>(), 1e-4f);
  EXPECT_GT(before.abs().max().item<float>(), 1e-3f);
}

TEST(FaceNetworks, ADetectorSeesNothingOfTheCellsBeyondAPicture) {
  DetectorNetwork network = drawn<DetectorNetwork>();
  const at::Tensor picture = at::randn({1, 3, 75, 141});
  std::vector<at::Tensor> padded;
  {
    torch::NoGradGuard no_gradient;
    padded = network(picture);
  }
  const std::vector<at::Tensor> plain = network(picture);  // with a gradient to follow
  ASSERT_EQ(padded.size(), plain.size());
  for (size_t i = 0; i < plain.size(); ++i) {
    ASSERT_EQ(padded[i].sizes(), plain[i].sizes());
    EXPECT_LT((padded[i] - plain[i]).abs().max().item<float>(), 1e-4f);
    EXPECT_GT(plain[i].abs().max().item<float>(), 1e-3f);
  }
}

// In the forms in which it is trained and run.
TEST(FaceNetworks, AnAlignerRefusesAWindowOfAnotherSize) {
  torch::NoGradGuard no_gradient;
  FaceAligner aligner = drawn<FaceAligner>(choose_execution("cpu"));
  const at::Tensor window = at::randn({1, 3, 64, 64});
  EXPECT_THROW(aligner(window), c10::Error);
  freeze(*aligner);
  fold_blocks(*aligner);
  aligner->fold();
  EXPECT_THROW(aligner(window), c10::Error);
}

TEST(FaceNetworks, AnAlignerTakesEveryGuessForRightUntilItHasLearned) {
  torch::NoGradGuard no_gradient;
  FaceAligner aligner = drawn<FaceAligner>();
  const at::Tensor answer = aligner(at::randn({4, 3, kAlignerSize, kAlignerSize}));
  const at::Tensor in_place = at::tensor({0.f, 0.f, 1.f, 0.f});
  for (const AlignerEstimate estimate :
       {AlignerEstimate::kTracked, AlignerEstimate::kFound, AlignerEstimate::kSettled}) {
    const at::Tensor squares = FaceAlignerImpl::squares(answer, estimate);
    ASSERT_EQ(squares.sizes(), (at::IntArrayRef{4, 4}));
    EXPECT_LT((squares - in_place).abs().max().item<float>(), 0.5f);
  }
  EXPECT_FALSE(at::equal(FaceAlignerImpl::squares(answer, AlignerEstimate::kTracked),
                         FaceAlignerImpl::squares(answer, AlignerEstimate::kFound)));
  EXPECT_FALSE(at::equal(FaceAlignerImpl::squares(answer, AlignerEstimate::kFound),
                         FaceAlignerImpl::squares(answer, AlignerEstimate::kSettled)));
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
  EXPECT_FALSE(model.detector);
  EXPECT_FALSE(model.segmenter);
  torch::NoGradGuard no_gradient;
  const at::Tensor windows = at::randn({1, 3, kAlignerSize, kAlignerSize});
  EXPECT_LT((model.aligner->forward(windows) - aligner(windows)).abs().max().item<float>(), 1e-4f);

  content.metadata["architecture"] = "dcgan";
  core::write_safetensors(file, content);
  EXPECT_THROW(load_facemask_model(file, {}), Error);
}

}  // namespace
}  // namespace ganface::nn
