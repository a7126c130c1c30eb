// SPDX-License-Identifier: MIT
// Owns the unit tests of the DCGAN networks.
#include "models/networks.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "temporary_folder.h"
#include "tiny_training.h"

namespace ganface::nn {
namespace {

using testing::expect_error;

NetworkOptions small(int64_t image_size) {
  NetworkOptions options;
  options.image_size = image_size;
  options.latent_size = 10;
  options.generator_channels = 8;
  options.discriminator_channels = 8;
  return options;
}

class Networks : public ::testing::TestWithParam<int64_t> {
 protected:
  Networks() {
    testing::initialise(*generator_, 7);
    testing::initialise(*discriminator_, 8);
  }

  torch::NoGradGuard no_gradient_;
  Generator generator_{small(GetParam()), Execution{}};
  Discriminator discriminator_{small(GetParam()), Execution{}};
};

TEST_P(Networks, HaveTheDocumentedShapes) {
  const at::Tensor faces = generator_(sample_latent(3, 10, 1));
  EXPECT_EQ(faces.sizes(), at::IntArrayRef({3, 3, GetParam(), GetParam()}));
  EXPECT_EQ(discriminator_(faces).sizes(), at::IntArrayRef({3}));
}

TEST_P(Networks, FacesStayWithinMinusOneAndOneWhenWeightsAreLarge) {
  for (at::Tensor& parameter : generator_->parameters()) parameter.mul_(50);
  const at::Tensor faces = generator_(sample_latent(3, 10, 1));
  EXPECT_LE(faces.abs().max().item<float>(), 1.f);
  EXPECT_GT(faces.abs().max().item<float>(), 0.9f);
}

TEST_P(Networks, AFaceDoesNotDependOnTheOthersOfItsBatchInEvaluationMode) {
  generator_(sample_latent(16, 10, 1));  // running statistics that are not the defaults
  generator_->eval();
  discriminator_->eval();
  const at::Tensor z = sample_latent(32, 10, 2);
  const at::Tensor together = generator_(z), alone = generator_(z.slice(0, 5, 6));
  // One face takes the sub-pixel form and 32 take Winograd's, which round differently; values are
  // below 1 and pass four layers.
  EXPECT_LT((together.slice(0, 5, 6) - alone).abs().max().item<float>(), 1e-5f);
  EXPECT_NEAR(discriminator_(together)[5].item<float>(), discriminator_(alone)[0].item<float>(),
              1e-5f);
  // In batches of one size the form is the same, and so is every bit.
  at::Tensor others = z.clone();
  others.slice(0, 0, 5).zero_();
  EXPECT_TRUE(at::equal(generator_(others)[5], together[5]));
}

TEST(Generator, WithResizedUpsamplingTrainsAndInfersTheSameFunction) {
  NetworkOptions options = small(32);
  options.upsampling = Upsampling::kResize;
  Generator generator(options, Execution{});
  testing::initialise(*generator, 7);
  const at::Tensor z = sample_latent(8, 10, 1);
  generator(z);
  generator->eval();
  const at::Tensor training = generator(z).detach();
  torch::NoGradGuard no_gradient;
  const at::Tensor inference = generator(z);
  EXPECT_EQ(inference.sizes(), at::IntArrayRef({8, 3, 32, 32}));
  EXPECT_TRUE(at::equal(training, inference));
  // The kernel kept for inference follows the weights.
  for (at::Tensor& parameter : generator->parameters()) parameter.mul_(1.5);
  EXPECT_FALSE(at::equal(generator(z), inference));
}

TEST(Discriminator, WithSpectralNormalisationBoundsTheSlope) {
  NetworkOptions options = small(32);
  options.normalisation = Normalisation::kSpectral;
  Discriminator discriminator(options, Execution{});
  testing::initialise(*discriminator, 7);
  torch::NoGradGuard no_gradient;
  for (at::Tensor& parameter : discriminator->parameters()) parameter.mul_(100);
  const at::Tensor images = at::rand({4, 3, 32, 32}, at::detail::createCPUGenerator(1)) * 2 - 1;
  for (int step = 0; step < 30; ++step) discriminator(images);  // the power iterations settle
  discriminator->eval();
  const at::Tensor other = images + 0.1 * at::randn_like(images);
  const at::Tensor change = (discriminator(other) - discriminator(images)).abs();
  const at::Tensor distance = (other - images).flatten(1).norm(2, 1);
  // A kernel as a matrix with a row an output has norm 1; as a convolution, whose 4 x 4 windows
  // overlap at stride 2, at most sqrt(4) = 2, in each of three layers.
  EXPECT_LT((change / distance).max().item<float>(), 8.f);
  EXPECT_GT(change.max().item<float>(), 0.f);
}

TEST(Discriminator, WhenCentredSubtractsTheMean) {
  NetworkOptions options = small(16);
  Discriminator plain(options, Execution{});
  options.centred = true;
  Discriminator centred(options, Execution{});
  testing::initialise(*plain, 7);
  testing::initialise(*centred, 7);
  const at::Tensor mean = at::rand({3, 16, 16}), images = at::rand({4, 3, 16, 16});
  centred->set_mean(mean);
  EXPECT_TRUE(at::equal(centred(images), plain(images - mean)));
}

TEST(Names, OfUpsamplingAndNormalisationAreKnown) {
  for (const std::string name : {"transposed", "resize"})
    EXPECT_EQ(name_of(upsampling_by_name(name)), name);
  for (const std::string name : {"batch", "spectral"})
    EXPECT_EQ(name_of(normalisation_by_name(name)), name);
  expect_error(ErrorCode::kUsage, {"'cubic'", "transposed or resize"},
               [] { upsampling_by_name("cubic"); });
  expect_error(ErrorCode::kUsage, {"'layer'", "batch or spectral"},
               [] { normalisation_by_name("layer"); });
}

INSTANTIATE_TEST_SUITE_P(Sizes, Networks, ::testing::Values(32, 64));

TEST(SampleLatent, GivesTheSameVectorsForTheSameSeedOnly) {
  EXPECT_TRUE(at::equal(sample_latent(4, 100, 9), sample_latent(4, 100, 9)));
  EXPECT_FALSE(at::equal(sample_latent(4, 100, 9), sample_latent(4, 100, 10)));
}

TEST(SampleLatent, RowsDoNotDependOnTheirNumber) {
  EXPECT_TRUE(at::equal(sample_latent(50, 100, 9).slice(0, 0, 3), sample_latent(3, 100, 9)));
}

TEST(SampleLatent, IsUniformBetweenMinusOneAndOne) {
  const at::Tensor z = sample_latent(1000, 100, 9);
  EXPECT_GE(z.min().item<float>(), -1.f);
  EXPECT_LE(z.max().item<float>(), 1.f);
  // Of 10^5 samples the mean has a standard deviation of 0.0018, the mean square 0.0009: 6 sigma.
  EXPECT_NEAR(z.mean().item<float>(), 0.f, 0.011f);
  EXPECT_NEAR(z.square().mean().item<float>(), 1.f / 3, 0.006f);
}

TEST(SampleLatent, LeavesTheGlobalGeneratorAlone) {
  torch::manual_seed(1);
  const at::Tensor expected = at::rand({4});
  torch::manual_seed(1);
  sample_latent(4, 100, 9);
  EXPECT_TRUE(at::equal(at::rand({4}), expected));
}

TEST(NetworkOptions, AcceptsItsDefaults) { EXPECT_NO_THROW(NetworkOptions{}.validate()); }

TEST(NetworkOptions, RefusesImageSizesThatAreNoPowerOfTwoFrom16To256) {
  for (const int64_t size : {-64, 0, 8, 48, 512}) {
    NetworkOptions options;
    options.image_size = size;
    expect_error(ErrorCode::kUsage, {"image size is " + std::to_string(size), "16 to 256"},
                 [&] { options.validate(); });
  }
}

TEST(NetworkOptions, RefusesOtherSizesOutOfRangeNamingThem) {
  const std::pair<int64_t NetworkOptions::*, std::string> fields[] = {
      {&NetworkOptions::latent_size, "latent size"},
      {&NetworkOptions::generator_channels, "ngf"},
      {&NetworkOptions::discriminator_channels, "ndf"}};
  for (const auto& [field, name] : fields)
    for (const int64_t value : {0, 5000}) {
      NetworkOptions options;
      options.*field = value;
      expect_error(ErrorCode::kUsage, {name + " is " + std::to_string(value)},
                   [&] { options.validate(); });
    }
}

}  // namespace
}  // namespace ganface::nn
