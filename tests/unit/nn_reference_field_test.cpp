// SPDX-License-Identifier: MIT
// Owns the tests of how a look at a face is moved and relit.
#include "nn/registration/reference_field.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/face_network_sizes.h"

namespace ganface::nn {
namespace {

ReferenceField some_field(int64_t count) {
  const auto cells = [count](int64_t channels) {
    return at::randn({count, channels, kFieldSize, kFieldSize});
  };
  return {0.1 * cells(2), 1 + 0.2 * cells(3), 0.2 * cells(3)};
}

at::Tensor some_reference(int64_t count, int64_t side) {
  const at::Tensor known = (at::rand({count, 1, side, side}) < 0.8).to(torch::kFloat32);
  return at::cat({(at::rand({count, 3, side, side}) * 2 - 1) * known, known}, 1);
}

class ReferenceFields : public ::testing::TestWithParam<Sampling> {
 protected:
  void SetUp() override { torch::manual_seed(10); }
};

// In one form and the other.
TEST_P(ReferenceFields, ShowTheSameWithGradients) {
  for (const int64_t side : {24, 64}) {
    ReferenceField field = some_field(2);
    const at::Tensor reference = some_reference(2, side);
    const at::Tensor shown = field.show(reference, GetParam());
    field.flow = field.flow.clone().requires_grad_();
    const at::Tensor differentiated = field.show(reference, GetParam());
    ASSERT_TRUE(differentiated.requires_grad());
    ASSERT_EQ(shown.sizes(), reference.sizes());
    EXPECT_LT((shown - differentiated).abs().max().item<float>(), 1e-4f);
  }
}

TEST_P(ReferenceFields, ShowAPartAsItIsInTheWhole) {
  const ReferenceField field = some_field(1);
  const at::Tensor reference = some_reference(1, 40), shown = field.show(reference, GetParam());
  EXPECT_TRUE(at::equal(field.show(reference, GetParam(), PicturePart{5, 7, 31, 40}),
                        shown.slice(2, 7, 40).slice(3, 5, 31)));
}

INSTANTIATE_TEST_SUITE_P(Ways, ReferenceFields,
                         ::testing::Values(Sampling::kBilinear, Sampling::kBicubic));

TEST(ReferenceField, MovesAndRelightsWhatItShows) {
  ReferenceField field{at::zeros({1, 2, kFieldSize, kFieldSize}),
                       at::full({1, 3, kFieldSize, kFieldSize}, 0.5),
                       at::full({1, 3, kFieldSize, kFieldSize}, 0.25)};
  field.flow.select(1, 0).fill_(2.0 / 32);  // a pixel of 32 to the right
  const at::Tensor reference = some_reference(1, 32);
  const at::Tensor shown = field.show(reference, Sampling::kBilinear);
  const at::Tensor known = reference.slice(1, 3, 4);
  const at::Tensor lit = at::cat({(reference.slice(1, 0, 3) / 2 + 0.25) * known, known}, 1);
  EXPECT_LT((shown.slice(3, 0, 31) - lit.slice(3, 1, 32)).abs().max().item<float>(), 1e-5f);
  EXPECT_EQ(shown.slice(3, 31, 32).abs().max().item<float>(), 0) << "what lies outside";
}

TEST(ReferenceField, RefusesReferencesAndPartsItDoesNotCover) {
  const ReferenceField field = some_field(1);
  const auto refuses = [&](const at::Tensor& reference, const PicturePart& part) {
    EXPECT_THROW(field.show(reference, Sampling::kBicubic, part), c10::Error) << reference.sizes();
  };
  refuses(some_reference(2, 32), {0, 0, 32, 32});
  refuses(some_reference(1, 32).slice(1, 0, 3), {0, 0, 32, 32});
  refuses(some_reference(1, 32), {0, 0, 33, 32});
  refuses(some_reference(1, 32), {-1, 0, 32, 32});
  refuses(some_reference(1, 32), {0, 20, 32, 10});
}

}  // namespace
}  // namespace ganface::nn
