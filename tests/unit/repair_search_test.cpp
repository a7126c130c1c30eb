// SPDX-License-Identifier: MIT
// Owns the unit tests of the search of the latent space.
#include "repair/latent_search.h"

#include <ganface/error.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "models/model_file.h"
#include "nn/runtime/images.h"
#include "repair/latent_repair.h"
#include "temporary_folder.h"

namespace ganface::repair {
namespace {

constexpr int64_t kSide = 16, kLatent = 8;

// A small generator and discriminator with random weights, in the library's convolutions. On some
// processors what is in a batch decides how those round.
class Search : public ::testing::Test {
 protected:
  Search() {
    torch::manual_seed(5);
    torch::NoGradGuard no_gradient;
    nn::NetworkOptions options;
    options.image_size = kSide;
    options.latent_size = kLatent;
    options.generator_channels = options.discriminator_channels = 8;
    nn::Execution execution;
    execution.form = nn::ConvolutionForm::kLibrary;
    model_.generator = nn::Generator(options, execution);
    model_.discriminator = nn::Discriminator(options, execution);
    for (torch::nn::Module* network :
         {static_cast<torch::nn::Module*>(model_.generator.get()),
          static_cast<torch::nn::Module*>(model_.discriminator.get())}) {
      network->eval();
      for (at::Tensor& parameter : network->parameters()) {
        if (parameter.dim() > 1) parameter.normal_(0, 0.2);
        parameter.set_requires_grad(false);
      }
    }
    truth_latents_ = nn::sample_latent(3, kLatent, 21) * 0.8;
    faces_ = model_.generator(truth_latents_);
    holes_ = at::zeros({3, 1, kSide, kSide});
    holes_.slice(2, 4, 12).slice(3, 4, 12).fill_(1);
    options_.weights = ContextWeights::kUniform;
    options_.iterations = 300;
    options_.tolerance = 0;
  }

  SearchResult run(int64_t first, int64_t count) {
    return search(model_,
                  {faces_.slice(0, first, first + count), holes_.slice(0, first, first + count)},
                  {nn::sample_latent(1, kLatent, 1).repeat({count, 1}), done_.slice(0, 0, count),
                   anchor_, preconditioner_},
                  options_, stop_);
  }

  // Rounding alone: a library that takes another kernel for another number of faces moves z by
  // 2e-7 in thirty steps (OpenBLAS's kernels for Prescott). What depends on another face differs by
  // steps, of 1e-2 and more.
  static void expect_same_but_for_rounding(const at::Tensor& z, const at::Tensor& expected) {
    EXPECT_LT((z - expected).abs().max().item<float>(), 1e-4f);  // false where z is not finite
  }

  double hole_error(const SearchResult& result) {
    return (((result.completions - faces_) * holes_).abs().sum() / (holes_.sum() * 3))
        .item<double>();
  }

  nn::Model model_;
  at::Tensor truth_latents_, faces_, holes_, done_ = at::zeros({3});
  at::Tensor anchor_, preconditioner_;
  SearchOptions options_;
  StopCondition stop_;
};

TEST_F(Search, FindsTheFaceFromWhatIsKeptOfIt) {
  options_.iterations = 1;
  const double before = hole_error(run(0, 3));
  options_.iterations = 300;
  const SearchResult result = run(0, 3);
  EXPECT_LT(hole_error(result), before / 5);
  EXPECT_LE(result.z.abs().max().item<float>(), 1.f);
  EXPECT_EQ(result.iterations, std::vector<int>(3, 300));
  const at::Tensor again = model_.generator(result.z);
  EXPECT_TRUE(at::allclose(again, result.completions));
  // The reported losses are those of the z that is returned.
  const at::Tensor contextual = ((again - faces_).abs() * (1 - holes_)).flatten(1).sum(1);
  for (int64_t i = 0; i < 3; ++i)
    EXPECT_NEAR(result.contextual[static_cast<size_t>(i)], contextual[i].item<double>(), 1e-3);
}

TEST_F(Search, ProximityHoldsToTheAnchor) {
  anchor_ = nn::sample_latent(3, kLatent, 4) * 0.5;
  options_.proximity = 0;
  const double free = (run(0, 3).z - anchor_).abs().max().item<double>();
  options_.proximity = 1e6;
  const double held = (run(0, 3).z - anchor_).abs().max().item<double>();
  EXPECT_GT(free, 0.1);
  EXPECT_LT(held, 0.01);
}

TEST_F(Search, ProximityHoldsToTheEncoderAlsoFromAnEarlierFramesZ) {
  nn::Execution execution;
  execution.form = nn::ConvolutionForm::kLibrary;
  nn::Model model = model_;
  model.encoder = nn::Encoder(model_.generator->options, execution);
  nn::freeze(*model.encoder);
  DamagedFace face;
  face.crop = nn::to_images(faces_).front();
  face.hole = Image(kSide, kSide, 1);
  for (int y = 4; y < 12; ++y) std::fill_n(face.hole.row(y) + 4, 8, uint8_t{255});
  options_.start = Start::kEncoder;
  options_.proximity = 1e6;
  LatentRepair repair(model, execution);
  const std::vector<float> alone = repair.repair({face}, {options_, {}}, {}).front().latent;
  face.start = std::vector<float>(kLatent, 0.9f);
  const std::vector<float> from_there = repair.repair({face}, {options_, {}}, {}).front().latent;
  for (size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(from_there[i], alone[i], 0.05);
}

TEST_F(Search, TakesStepsThroughThePreconditioner) {
  options_.iterations = 1;
  options_.learning_rate = 1e-3;  // small enough for every step to win
  options_.prior = 0;
  options_.lambda = 0;
  const at::Tensor start = nn::sample_latent(1, kLatent, 1);
  // Twice the first direction and none of the second: Adam's first step is the step size times the
  // gradient's sign, through the matrix.
  at::Tensor diagonal = at::ones({kLatent});
  diagonal[0] = 2;
  diagonal[1] = 0;
  const at::Tensor plain = run(0, 1).z - start;
  preconditioner_ = at::diag(diagonal);
  const at::Tensor moved = run(0, 1).z - start;
  EXPECT_EQ(moved[0][1].item<float>(), 0.f);
  EXPECT_NEAR(moved[0][0].item<float>(), 2 * plain[0][0].item<float>(), 1e-6f);
  EXPECT_NEAR(moved[0][2].item<float>(), plain[0][2].item<float>(), 1e-6f);
}

TEST_F(Search, EndsForAFaceThatStalls) {
  options_.tolerance = 0.5;
  faces_[0] = at::full({3, kSide, kSide}, -0.9f);
  EXPECT_LT(run(0, 1).iterations[0], 300);
}

TEST_F(Search, PriorHoldsTheLengthOfZ) {
  // A face that no z explains drives z into a corner of the cube: |z|^2 near 8, expected 8 / 3.
  faces_ = at::full({3, 3, kSide, kSide}, -0.9f);
  options_.prior = 0;
  const double free = run(0, 1).z.pow(2).sum().item<double>();
  options_.prior = 1000;
  const double held = run(0, 1).z.pow(2).sum().item<double>();
  EXPECT_GT(free, 4);
  EXPECT_LT(held, 3);
}

TEST_F(Search, OfAFaceThatStartsLateInTheScheduleEndsWithIt) {
  options_.iterations = 40;
  done_[1] = 0.75;
  EXPECT_EQ(run(0, 3).iterations, (std::vector<int>{40, 10, 40}));
}

TEST_F(Search, WithoutIterationsJudgesTheStart) {
  options_.iterations = 0;
  const SearchResult result = run(0, 2);
  EXPECT_TRUE(at::equal(result.z[1], nn::sample_latent(1, kLatent, 1)[0]));
  EXPECT_EQ(result.iterations, std::vector<int>(2, 0));
  EXPECT_GT(result.contextual[0], 0);
}

TEST_F(Search, OfAFaceDoesNotDependOnTheOthersOfItsBatch) {
  options_.iterations = 50;
  const SearchResult together = run(0, 3), alone = run(1, 1);
  expect_same_but_for_rounding(together.z[1], alone.z[0]);
}

TEST_F(Search, IgnoresWhatIsInTheHole) {
  options_.iterations = 20;
  const SearchResult clean = run(0, 3);
  faces_ = at::where(holes_ > 0, at::full({}, 0.7f), faces_);
  EXPECT_TRUE(at::equal(run(0, 3).z, clean.z));
}

TEST_F(Search, StopsAtTheDeadline) {
  stop_ = [] { return true; };
  EXPECT_EQ(run(0, 2).iterations, (std::vector<int>{0, 0}));
}

TEST_F(Search, ContainsALossThatIsNotFiniteToItsFace) {
  options_.iterations = 30;
  const SearchResult first = run(0, 1), last = run(2, 1);
  faces_ = faces_.clone();
  faces_[1] = std::numeric_limits<float>::quiet_NaN();
  const SearchResult result = run(0, 3);
  EXPECT_EQ(result.found, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(result.iterations, (std::vector<int>{30, 0, 30}));
  expect_same_but_for_rounding(result.z[0], first.z[0]);
  expect_same_but_for_rounding(result.z[2], last.z[0]);
}

TEST(ContextWeights, AreTheKeptPixelsOrTheShareOfMissingNeighbours) {
  at::Tensor hole = at::zeros({1, 1, 16, 16});
  hole[0][0][8][8] = 1;
  EXPECT_TRUE(at::equal(context_weights(hole, ContextWeights::kUniform), 1 - hole));
  const at::Tensor weights = context_weights(hole, ContextWeights::kImportance)[0][0];
  EXPECT_EQ(weights[8][8].item<float>(), 0);
  EXPECT_FLOAT_EQ(weights[8][9].item<float>(), 1.f / 49);
  EXPECT_FLOAT_EQ(weights[5][11].item<float>(), 1.f / 49);
  EXPECT_EQ(weights[8][12].item<float>(), 0);  // four away: out of the 7 x 7 neighbourhood
  // At the picture's corner the neighbourhood is the part inside: 4 x 4.
  hole.zero_();
  hole[0][0][1][1] = 1;
  EXPECT_FLOAT_EQ(context_weights(hole, ContextWeights::kImportance)[0][0][0][0].item<float>(),
                  1.f / 16);
}

}  // namespace
}  // namespace ganface::repair
