// SPDX-License-Identifier: MIT
// Tests of the completion network, its training pictures, its training and the repair with it.
#include <ganface/completion_training.h>
#include <ganface/error.h>
#include <ganface/metrics.h>
#include <ganface/repair.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/completion_network.h"
#include "models/model_file.h"
#include "nn/layers/frequency_bands.h"
#include "nn/runtime/images.h"
#include "temporary_folder.h"
#include "train/synthetic/completion_scenes.h"

namespace ganface {
namespace {

using train::CompletionSample;
using train::CompletionScenes;
using train::Photographs;
using train::Random;
using train::ReferenceKind;

constexpr int kSide = nn::kCompletionSize;

// Smooth pictures, two of each "person".
void write_photographs(const std::filesystem::path& folder, int people) {
  for (int person = 0; person < people; ++person)
    for (int i = 0; i < 2; ++i) {
      const auto own = folder / ("person_" + std::to_string(person));
      std::filesystem::create_directories(own);
      Image photograph(train::kPhotographSide, train::kPhotographSide, 3);
      for (int y = 0; y < photograph.height; ++y)
        for (int x = 0; x < photograph.width; ++x)
          for (int c = 0; c < 3; ++c)
            photograph.row(y)[3 * x + c] = static_cast<uint8_t>(
                128 + 60 * std::sin(0.09 * x + person + c) * std::cos(0.07 * y + 2 * i));
      write_png(own / (std::to_string(i) + ".png"), photograph.view());
    }
}

nn::Execution plain() {
  nn::Execution execution;
  execution.form = nn::ConvolutionForm::kLibrary;
  return execution;
}

nn::CompletionNetwork fresh_network() {
  nn::CompletionNetwork network(plain());
  nn::initialise_completion(*network, at::detail::createCPUGenerator(3));
  nn::freeze(*network);
  return network;
}

at::Tensor tensor_of(const Image& image) {
  return nn::network_input(nn::stack_images({image})).contiguous();
}

TEST(CompletionScenes, FlowLeadsFromTheCropToTheSamePlaceOfTheReference) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 3);
  const Photographs photographs(folder.path());
  const CompletionScenes scenes(photographs);
  double unmoved = 0, moved = 0;
  int count = 0;
  for (uint64_t seed = 0; seed < 120; ++seed) {
    Random random(seed);
    const CompletionSample sample = scenes.sample(random);
    if (sample.kind != ReferenceKind::kMoved) {
      EXPECT_TRUE(sample.flow.empty());
      continue;
    }
    nn::ReferenceField field;
    field.flow = at::tensor(sample.flow).view({1, 2, nn::kFieldSize, nn::kFieldSize});
    // Away from the edges, in a way that light does not matter to.
    const auto inner = [](const at::Tensor& image) {
      const at::Tensor part = image.slice(2, 20, 108).slice(3, 20, 108);
      return (part - part.mean({2, 3}, true)) / part.std({2, 3}, true, true).clamp_min(1e-3);
    };
    const at::Tensor truth = inner(tensor_of(sample.truth));
    const at::Tensor reference = tensor_of(sample.reference);
    unmoved += (inner(reference) - truth).abs().mean().item<double>();
    moved +=
        (inner(field.move(reference, nn::Sampling::kBilinear)) - truth).abs().mean().item<double>();
    ++count;
  }
  ASSERT_GT(count, 30);
  EXPECT_LT(moved, 0.6 * unmoved);
}

TEST(CompletionScenes, HoldsEveryKindAndDamagesOnlyTheNeighbourhoodOfTheHole) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 3);
  const Photographs photographs(folder.path());
  const CompletionScenes scenes(photographs);
  int kinds[3] = {};
  for (uint64_t seed = 0; seed < 90; ++seed) {
    Random random(seed);
    const CompletionSample sample = scenes.sample(random);
    ++kinds[static_cast<int>(sample.kind)];
    EXPECT_NE(std::count(sample.hole.pixels.begin(), sample.hole.pixels.end(), 255), 0);
    const auto known = std::count(sample.valid.pixels.begin(), sample.valid.pixels.end(), 255);
    EXPECT_EQ(known == 0, sample.kind == ReferenceKind::kNone);
  }
  for (const int count : kinds) EXPECT_GT(count, 10);
}

TEST(CompletionScenes, AnotherPhotographIsOfTheSamePersonAndNotTheSame) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 3);
  const Photographs photographs(folder.path());
  Random random(1);
  for (size_t i = 0; i < photographs.size(); ++i)
    EXPECT_EQ(photographs.another_of_person(i, random), i ^ 1);
}

TEST(CompletionNetwork, BeginsWithTheSmoothFillingAndTheReferenceWhereItLies) {
  nn::CompletionNetwork network = fresh_network();
  torch::NoGradGuard no_gradient;
  nn::CompletionInput input;
  input.crop = at::full({1, 3, kSide, kSide}, 0.25);
  input.hole = at::zeros({1, 1, kSide, kSide});
  input.hole.slice(2, 40, 80).slice(3, 40, 80).fill_(1);
  const nn::CompletionOutput alone = network(input);
  EXPECT_LT((alone.image - 0.25).abs().max().item<double>(), 1e-4);
  EXPECT_EQ(alone.confidence.abs().max().item<double>(), 0);
  EXPECT_FALSE(alone.field.flow.defined());
  input.reference = at::full({1, 3, kSide, kSide}, 0.5);
  input.valid = at::ones({1, 1, kSide, kSide});
  const nn::CompletionOutput both = network(input);
  // In about the crop's light, though the network knows nothing of light; wholly where it is
  // covered.
  EXPECT_NEAR(both.reference[0][0][20][20].item<double>(), 0.34, 0.06);
  EXPECT_NEAR(both.reference[0][0][60][60].item<double>(), 0.25, 0.05);
  EXPECT_NEAR(both.confidence[0][0][60][60].item<double>(), 0.5, 1e-4);
}

// One that paints something: the more, the larger the weights of its last layers.
nn::CompletionNetwork opinionated_network(double weights) {
  nn::CompletionNetwork network = fresh_network();
  torch::NoGradGuard no_gradient;
  torch::manual_seed(1);
  for (auto& item : network->named_parameters())
    if (item.key().find("head") != std::string::npos && item.value().dim() > 1)
      item.value().normal_(0, weights);
  return network;
}

nn::CompletionInput two_holed_faces() {
  nn::CompletionInput input;
  input.crop = at::rand({2, 3, kSide, kSide}) * 2 - 1;
  input.hole = at::zeros({2, 1, kSide, kSide});
  input.hole.slice(2, 40, 80).slice(3, 30, 80).fill_(1);
  return input;
}

TEST(CompletionNetwork, IgnoresWhatTheHoleAndUnknownPartsShow) {
  nn::CompletionNetwork network = opinionated_network(0.05);
  torch::NoGradGuard no_gradient;
  nn::CompletionInput input = two_holed_faces();
  input.reference = at::rand({2, 3, kSide, kSide}) * 2 - 1;
  input.valid = 1 - input.hole;
  const at::Tensor before = network(input).image;
  input.crop = at::where(input.hole > 0, at::ones({}), input.crop);
  input.reference = at::where(input.valid > 0, input.reference, at::ones({}));
  EXPECT_LT((network(input).image - before).abs().max().item<double>(), 1e-5);
}

TEST(CompletionNetwork, LooksOftenAtTheFacesThatAreNamed) {
  nn::CompletionNetwork network = opinionated_network(0.05);
  torch::NoGradGuard no_gradient;
  nn::CompletionInput input = two_holed_faces();
  const at::Tensor second = at::tensor({int64_t{1}});
  const at::Tensor once = network(input).image;
  const at::Tensor often = nn::test_time_augmentation(network, input, second).image;
  const auto apart = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
  };
  EXPECT_LT(apart(once[0], often[0]), 1e-4) << "it was not named";
  EXPECT_GT(apart(once[1], often[1]), 1e-3);
  // The mean with what it makes of the mirror image and of both, lower and farther right.
  const auto seen_from = [&](bool is_mirrored, int64_t lower, int64_t farther) {
    const auto there = [&](const at::Tensor& x) {
      return at::replication_pad2d(is_mirrored ? x.flip(3) : x, {farther, 0, lower, 0})
          .slice(2, 0, kSide)
          .slice(3, 0, kSide);
    };
    nn::CompletionInput moved;
    moved.crop = there(input.crop);
    moved.hole = there(input.hole);
    const at::Tensor image = network(moved).image;
    const at::Tensor back =
        at::constant_pad_nd(image.slice(2, lower).slice(3, farther), {0, farther, 0, lower});
    return is_mirrored ? back.flip(3) : back;
  };
  const auto by_all = [](const at::Tensor& x) {
    return x.slice(2, 0, kSide - 3).slice(3, 2, kSide - 2)[1];
  };
  const at::Tensor mean =
      (once + seen_from(true, 1, 0) + seen_from(false, 2, 2) + seen_from(true, 3, 2)) / 4;
  EXPECT_LT(apart(by_all(mean), by_all(often)), 1e-4);
  // The same afterwards, and with a reference.
  nn::CompletionOutput answer = network(input);
  nn::look_again(network, input, second, answer);
  EXPECT_LT(apart(answer.image, often), 1e-4);
  input.reference = at::rand({2, 3, kSide, kSide}) * 2 - 1;
  input.valid = at::ones({2, 1, kSide, kSide});
  nn::CompletionOutput seen = network(input);
  const at::Tensor before = seen.image;
  nn::look_again(network, input, second, seen);
  EXPECT_EQ(apart(seen.image[0], before[0]), 0);
  EXPECT_GT(apart(seen.image[1], before[1]), 1e-3);
}

std::string write_model(const std::filesystem::path& folder,
                        const nn::CompletionNetwork& network = fresh_network(),
                        const nn::RefinementNetwork& refinement = nullptr) {
  core::TensorFile content;
  content.metadata["architecture"] = nn::kCompletionArchitecture;
  nn::add_network(content, "network", *network);
  if (!refinement.is_empty()) nn::add_network(content, "refinement", *refinement);
  const std::filesystem::path file = folder / "fresh.safetensors";
  core::write_safetensors(file, content);
  return file;
}

TEST(FacePrior, GuessesAtTheCropsSideAndIsKeptInTheFile) {
  const testing::TemporaryFolder folder;
  nn::NetworkOptions options;
  options.image_size = 32;
  options.latent_size = 8;
  options.generator_channels = options.discriminator_channels = 4;
  nn::FacePrior prior{nn::Generator(options, plain()), nn::Encoder(options, plain())};
  torch::manual_seed(2);
  {
    torch::NoGradGuard no_gradient;
    for (torch::nn::Module* network : {static_cast<torch::nn::Module*>(prior.generator.get()),
                                       static_cast<torch::nn::Module*>(prior.encoder.get())}) {
      for (at::Tensor& parameter : network->parameters())
        if (parameter.dim() > 1) parameter.normal_(0, 0.2);
      nn::freeze(*network);
    }
  }
  const at::Tensor crop = at::rand({2, 3, kSide, kSide}) * 2 - 1;
  at::Tensor hole = at::zeros({2, 1, kSide, kSide});
  hole.slice(2, 40, 80).slice(3, 40, 80).fill_(1);
  const at::Tensor prior_sample = prior.sample(crop, hole);
  EXPECT_EQ(prior_sample.sizes(), crop.sizes());
  EXPECT_LT((prior.sample(at::where(hole > 0, at::ones({}), crop), hole) - prior_sample)
                .abs()
                .max()
                .item<double>(),
            1e-5)
      << "what the hole shows must not matter";
  EXPECT_LT(
      (prior.sample(crop.flip(3), hole.flip(3)).flip(3) - prior_sample).abs().max().item<double>(),
      1e-4)
      << "left and right must not matter";

  core::TensorFile content;
  content.metadata["architecture"] = nn::kCompletionArchitecture;
  nn::add_network(content, "network", *fresh_network());
  nn::add_prior(content, prior);
  nn::CompletionModel model = nn::load_completion_model(content, "some.safetensors", plain());
  ASSERT_FALSE(model.prior.is_empty());
  // Kept in bfloat16.
  EXPECT_LT((model.prior.sample(crop, hole) - prior_sample).abs().mean().item<double>(), 0.02);
}

DamagedFace damaged_face(int side) {
  DamagedFace face;
  face.crop = Image(side, side, 3, 100);
  face.hole = Image(side, side, 1);
  for (int y = side / 4; y < 3 * side / 4; ++y)
    for (int x = side / 4; x < 3 * side / 4; ++x) face.hole.row(y)[x] = 255;
  return face;
}

TEST(CompletionRepair, WorksAtTheCropsOwnSideAndLeavesTheRest) {
  const testing::TemporaryFolder folder;
  const Inpainter inpainter(write_model(folder.path()), "cpu");
  EXPECT_EQ(inpainter.method(), RepairMethod::kCompletion);
  EXPECT_EQ(inpainter.size(), kSide);
  RepairOptions options;
  options.blend = Blend::kNone;
  std::vector<DamagedFace> faces{damaged_face(64), damaged_face(128), damaged_face(300)};
  faces.push_back(damaged_face(128));
  faces.back().hole = Image(128, 128, 1);
  const std::vector<RepairedFace> repaired = inpainter.repair(faces, options);
  ASSERT_EQ(repaired.size(), 4u);
  EXPECT_EQ(repaired[0].completion.width, 128);
  EXPECT_EQ(repaired[1].completion.width, 128);
  EXPECT_EQ(repaired[2].completion.width, 300);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(repaired[i].failed);
    EXPECT_EQ(repaired[i].alpha.row(0)[0], 0);
    const int middle = repaired[i].alpha.width / 2;
    EXPECT_EQ(repaired[i].alpha.row(middle)[middle], 255);
    EXPECT_NEAR(repaired[i].repaired.row(middle)[3 * middle], 100, 2);
  }
  EXPECT_EQ(repaired[3].repaired.pixels, faces[3].crop.pixels);
}

// Mean absolute difference of what is coarse in two images.
double coarse_difference(const Image& one, const Image& other) {
  const auto coarse = [](const Image& image) { return nn::without_bands(tensor_of(image), 3); };
  return (coarse(one) - coarse(other)).abs().mean().item<double>();
}

TEST(CompletionRepair, LooksOftenWhereNothingIsKnownOfAFace) {
  const testing::TemporaryFolder folder;
  const Inpainter inpainter(write_model(folder.path(), opinionated_network(0.0005)), "cpu");
  DamagedFace face = damaged_face(kSide), mirrored = face, known = face;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c)
        mirrored.crop.row(y)[3 * (kSide - 1 - x) + c] = face.crop.row(y)[3 * x + c] =
            static_cast<uint8_t>(128 + 60 * std::sin(0.09 * x + c) * std::cos(0.07 * y));
  known.crop = face.crop;
  known.reference = face.crop;
  known.known = Image(kSide, kSide, 1, 255);
  RepairOptions often, once;
  often.blend = once.blend = Blend::kNone;
  once.completion.test_time_augmentation = false;
  // The faces of a call, of which some are known, do not change one another.
  const std::vector<DamagedFace> faces{face, known, mirrored};
  const std::vector<RepairedFace> both = inpainter.repair(faces, often);
  const std::vector<RepairedFace> one = inpainter.repair(faces, once);
  for (size_t i = 0; i < both[1].completion.pixels.size(); ++i)
    ASSERT_NEAR(both[1].completion.pixels[i], one[1].completion.pixels[i], 1);
  const auto unlike = [](const std::vector<RepairedFace>& repaired) {
    Image flipped = repaired[2].completion;
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x)
        std::copy_n(repaired[2].completion.row(y) + 3 * x, 3, flipped.row(y) + 3 * (kSide - 1 - x));
    return coarse_difference(repaired[0].completion, flipped);
  };
  EXPECT_GT(unlike(one), 0.001) << "the network must not be the same on both sides";
  EXPECT_LT(unlike(both), 0.5 * unlike(one));
}

TEST(CompletionRepair, WhatNothingIsKnownOfIsRefined) {
  const testing::TemporaryFolder folder;
  nn::RefinementNetwork brighter{plain()};
  nn::initialise_completion(*brighter, at::detail::createCPUGenerator(1));
  {
    torch::NoGradGuard no_gradient;
    for (auto& item : brighter->named_parameters())
      if (item.key() == "head.bias") item.value().fill_(0.25);
  }
  const Inpainter inpainter(write_model(folder.path(), fresh_network(), brighter), "cpu");
  for (const int side : {kSide, 300}) {
    DamagedFace unknown = damaged_face(side), known = unknown;
    known.reference = Image(side, side, 3, 100);
    known.known = Image(side, side, 1, 255);
    for (const bool often : {true, false}) {
      RepairOptions options;
      options.blend = Blend::kNone;
      options.completion.test_time_augmentation = often;
      const std::vector<RepairedFace> repaired =
          inpainter.repair({unknown, known, unknown}, options);
      const auto middle = [&](size_t face) {
        return int{repaired[face].repaired.row(2 * side / 5)[3 * (side / 2)]};
      };
      EXPECT_NEAR(middle(0), often ? 132 : 100, 2) << side;
      EXPECT_NEAR(middle(1), 100, 2) << side << ", of a face that was seen before";
      EXPECT_EQ(middle(2), middle(0)) << side;
      EXPECT_EQ(repaired[0].repaired.row(2)[2], 100) << side << ", outside the hole";
    }
  }
}

TEST(CompletionRepair, APhotographOfThePersonGivesDetailInTheHoleAlone) {
  const testing::TemporaryFolder folder;
  const Inpainter inpainter(write_model(folder.path()), "cpu");
  for (const int side : {kSide, 200}) {
    // The network fills smoothly; the photograph shows the same face, darker and with its detail.
    DamagedFace face = damaged_face(side), with_photograph = face;
    Image darker(side, side, 3);
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < 3 * side; ++x) {
        const double u = 128.0 * (x / 3) / side, v = 128.0 * y / side;
        const double value =
            128 + 40 * std::sin(0.08 * u) * std::cos(0.07 * v) + 15 * std::sin(0.9 * u + 0.5 * v);
        face.crop.row(y)[x] = static_cast<uint8_t>(value);
        darker.row(y)[x] = static_cast<uint8_t>(0.7 * value);
      }
    with_photograph.crop = face.crop;
    with_photograph.photograph = darker;
    for (const bool often : {true, false}) {
      RepairOptions options;
      options.blend = Blend::kNone;
      options.completion.test_time_augmentation = often;
      const std::vector<RepairedFace> repaired = inpainter.repair({with_photograph, face}, options);
      const Image alone = inpainter.repair({face}, options).front().repaired;
      EXPECT_EQ(repaired[1].repaired.pixels, alone.pixels) << "another face of the call";
      EXPECT_GT(gradient_energy(repaired[0].repaired, face.hole),
                1.5 * gradient_energy(repaired[1].repaired, face.hole))
          << side << (often ? ", often" : ", once");
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
          if (face.hole.row(y)[x] == 0) {
            ASSERT_EQ(repaired[0].repaired.row(y)[3 * x], face.crop.row(y)[3 * x]);
          }
    }
  }
  DamagedFace oblong = damaged_face(kSide);
  oblong.photograph = Image(64, 32, 3);
  EXPECT_THROW(inpainter.repair({oblong}, {}), Error);
}

TEST(CompletionRepair, ALargeFaceGetsTheDetailOfItsReference) {
  const testing::TemporaryFolder folder;
  const Inpainter inpainter(write_model(folder.path()), "cpu");
  constexpr int kLarge = 512;
  DamagedFace face = damaged_face(kLarge);
  face.reference = Image(kLarge, kLarge, 3, 100);
  face.known = Image(kLarge, kLarge, 1, 255);
  // Stripes of one pixel, which 128 pixels cannot show.
  for (int y = 0; y < kLarge; ++y)
    for (int x = 0; x < 3 * kLarge; ++x) face.reference.row(y)[x] = y % 2 == 0 ? 60 : 140;
  RepairOptions options;
  options.blend = Blend::kNone;
  const RepairedFace repaired = inpainter.repair({face}, options).front();
  const auto step = [&](int y) {
    return std::abs(int{repaired.repaired.row(y)[3 * 256]} - repaired.repaired.row(y + 1)[3 * 256]);
  };
  // A fresh network trusts by one half.
  EXPECT_GT(step(256), 25);
  EXPECT_EQ(repaired.match.confidence.width, kSide);
  EXPECT_EQ(repaired.match.flow.size(), size_t{2 * 16 * 16});
}

TEST(CompletionRepair, TakesCropsOfAnySide) {
  const testing::TemporaryFolder folder;
  const Inpainter inpainter(write_model(folder.path()), "cpu");
  for (const int side : {129, 200, 250}) {
    DamagedFace face = damaged_face(side);
    RepairOptions options;
    EXPECT_EQ(inpainter.repair({face}, options).front().repaired.width, side);
    face.reference = Image(side, side, 3, 100);
    face.known = Image(side, side, 1, 255);
    const RepairedFace repaired = inpainter.repair({face}, options).front();
    EXPECT_EQ(repaired.repaired.width, side);
    EXPECT_EQ(repaired.repaired.row(1)[1], 100) << "outside the hole nothing changes";
  }
}

TEST(CompletionRepair, RefusesAReferenceOfAnotherSize) {
  const testing::TemporaryFolder folder;
  const Inpainter inpainter(write_model(folder.path()), "cpu");
  DamagedFace face = damaged_face(128);
  face.reference = Image(64, 64, 3);
  face.known = Image(64, 64, 1);
  EXPECT_THROW(inpainter.repair({face}, {}), Error);
}

// On four photographs that it writes into `folder`, where the model goes too.
CompletionTrainingOptions small_training(const std::filesystem::path& folder, const char* model,
                                         int epochs) {
  CompletionTrainingOptions options;
  options.folder = folder / "photographs";
  write_photographs(options.folder, 4);
  options.out = folder / model;
  options.batch_size = 4;
  options.epochs = epochs;
  options.device = "cpu";
  return options;
}

TEST(CompletionTraining, MovesEveryLayerStopsAndGoesOn) {
  const testing::TemporaryFolder folder;
  CompletionTrainingOptions options = small_training(folder.path(), "model.safetensors", 3);
  int steps = 0;
  ASSERT_TRUE(train_completion(options, [&](const NetworkProgress& progress) {
    EXPECT_TRUE(std::isfinite(progress.loss));
    return ++steps > 0;
  }));
  EXPECT_EQ(steps, 6);
  // Every layer of a fresh network has moved, the last ones away from zero.
  const nn::CompletionModel trained =
      nn::load_completion_model(core::read_safetensors(options.out), options.out, plain());
  const auto fresh = fresh_network()->named_parameters();
  for (const auto& item : trained.network->named_parameters())
    EXPECT_GT((item.value() - fresh[item.key()]).abs().max().item<double>(), 1e-5) << item.key();
  const auto snapshot = folder.path() / "model.snapshot.safetensors";
  ASSERT_TRUE(std::filesystem::exists(snapshot));

  CompletionTrainingOptions more = options;
  more.from = snapshot;
  more.adversarial = 0.05;
  more.feature_matching = 0.1;
  more.epochs = 1;
  more.out = folder.path() / "more.safetensors";
  ASSERT_TRUE(train_completion(more, [](const NetworkProgress&) { return true; }));
  EXPECT_EQ(Inpainter(more.out, "cpu").method(), RepairMethod::kCompletion);

  more.out = folder.path() / "stopped.safetensors";
  EXPECT_FALSE(train_completion(more, [](const NetworkProgress&) { return false; }));
  EXPECT_FALSE(std::filesystem::exists(more.out));
}

TEST(CompletionTraining, WithFixedStatisticsMovesWeightsAndNotStatistics) {
  const testing::TemporaryFolder folder;
  CompletionTrainingOptions options = small_training(folder.path(), "first.safetensors", 1);
  const auto goes_on = [](const NetworkProgress&) { return true; };
  ASSERT_TRUE(train_completion(options, goes_on));
  options.from = folder.path() / "first.snapshot.safetensors";
  options.out = folder.path() / "second.safetensors";
  options.fixed_statistics = true;
  ASSERT_TRUE(train_completion(options, goes_on));
  const auto snapshot_of = [&](const char* name) {
    const auto file = folder.path() / name;
    return nn::load_completion_model(core::read_safetensors(file), file, plain()).network;
  };
  const nn::CompletionNetwork first = snapshot_of("first.snapshot.safetensors");
  const nn::CompletionNetwork second = snapshot_of("second.snapshot.safetensors");
  const auto weights = first->named_parameters();
  for (const auto& item : second->named_parameters())
    EXPECT_GT((item.value() - weights[item.key()]).abs().max().item<double>(), 1e-6) << item.key();
  const auto statistics = first->named_buffers();
  for (const auto& item : second->named_buffers())
    EXPECT_TRUE(at::equal(item.value(), statistics[item.key()])) << item.key();
}

TEST(CompletionTraining, FitsSharpeningToTheDetailOfPhotographs) {
  const testing::TemporaryFolder folder;
  CompletionTrainingOptions options = small_training(folder.path(), "sharp.safetensors", 1);
  // A fresh network fills smoothly, which noise is not.
  Random random(5);
  for (int i = 0; i < 3; ++i) {
    Image noise(train::kPhotographSide, train::kPhotographSide, 3);
    for (uint8_t& value : noise.pixels) value = static_cast<uint8_t>(128 + random.below(60) - 30);
    write_png(options.folder / ("noise" + std::to_string(i) + ".png"), noise.view());
  }
  options.network = "sharpening";
  EXPECT_THROW(options.validate(), Error) << "it needs a model";
  options.from = write_model(folder.path());
  ASSERT_TRUE(train_completion(options, [](const NetworkProgress&) { return true; }));
  const core::TensorFile written = core::read_safetensors(options.out);
  EXPECT_EQ(written.tensors.size(), core::read_safetensors(options.from).tensors.size());
  EXPECT_GT(std::stod(written.metadata.at(nn::kSharpening)), 1.2) << "the middle of the kernel";

  // A photograph's repair is sharper with it.
  DamagedFace face = damaged_face(kSide);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < 3 * kSide; ++x)
      face.crop.row(y)[x] =
          static_cast<uint8_t>(128 + 60 * std::sin(0.5 * x / 3) * std::cos(0.4 * y));
  RepairOptions repair;
  repair.blend = Blend::kNone;
  const auto repaired = [&](const std::string& model) {
    return Inpainter(model, "cpu").repair({face}, repair).front().repaired;
  };
  const Image soft = repaired(options.from), sharp = repaired(options.out);
  EXPECT_GT(gradient_energy(sharp, face.hole), gradient_energy(soft, face.hole));
  EXPECT_EQ(sharp.row(1)[1], soft.row(1)[1]);

  core::TensorFile damaged = written;
  damaged.metadata[nn::kSharpening] = "1 2 three 4";
  EXPECT_THROW(nn::load_completion_model(damaged, "damaged.safetensors", plain()), Error);
  options.folder = folder.path() / "nothing";
  std::filesystem::create_directories(options.folder);
  EXPECT_THROW(train_completion(options, {}), Error);
}

TEST(CompletionTraining, RefusesValuesOutOfRange) {
  CompletionTrainingOptions options;
  options.folder = "photographs";
  options.out = "model.safetensors";
  options.adversarial = -1;
  EXPECT_THROW(options.validate(), Error);
  options.adversarial = 0;
  options.fixed_statistics = true;
  EXPECT_THROW(options.validate(), Error);
  options.fixed_statistics = false;
  EXPECT_NO_THROW(options.validate());
  options.network = "painter";
  EXPECT_THROW(options.validate(), Error);
}

}  // namespace
}  // namespace ganface
