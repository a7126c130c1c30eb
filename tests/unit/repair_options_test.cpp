// SPDX-License-Identifier: MIT
// Tests of the options of a repair.
#include <ganface/error.h>
#include <ganface/repair.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ganface {
namespace {

struct Bounds {
  const char* name;
  std::function<void(RepairOptions&, double)> set;
  double least, most;    // that are accepted
  double below, beyond;  // that are not
};

template <typename Number>
auto setter(Number SearchOptions::*option) {
  return [option](RepairOptions& options, double value) {
    options.search.*option = static_cast<Number>(value);
  };
}

const std::vector<Bounds>& all_bounds() {
  static const std::vector<Bounds> bounds{
      {"iterations", setter(&SearchOptions::iterations), 0, 100000, -1, 100001},
      {"lambda", setter(&SearchOptions::lambda), 0, 1000, -0.01, 1000.1},
      {"prior", setter(&SearchOptions::prior), 0, 1000, -0.01, 1000.1},
      {"proximity", setter(&SearchOptions::proximity), 0, 1000, -0.01, 1000.1},
      {"learning-rate", setter(&SearchOptions::learning_rate), 1e-9, 1, 0, 1.01},
      {"restarts", setter(&SearchOptions::restarts), 1, 64, 0, 65},
      {"preconditioning", setter(&SearchOptions::preconditioning), 0, 1, -0.01, 1.01},
      {"tolerance", setter(&SearchOptions::tolerance), 0, 0.99, -0.01, 1},
      {"feather",
       [](RepairOptions& options, double value) {
         options.feather_px = static_cast<decltype(options.feather_px)>(value);
       },
       0, 64, -1, 65},
      {"guard",
       [](RepairOptions& options, double value) {
         options.guard_px = static_cast<decltype(options.guard_px)>(value);
       },
       0, 8, -1, 9}};
  return bounds;
}

// What is said of a value; nothing where it is accepted.
std::optional<std::string> refusal(const Bounds& bounds, double value) {
  RepairOptions options;
  bounds.set(options, value);
  try {
    options.validate();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.what();
  }
  return {};
}

TEST(RepairOptions, AcceptTheirBoundsAndNothingBeyond) {
  for (const Bounds& bounds : all_bounds()) {
    EXPECT_FALSE(refusal(bounds, bounds.least)) << bounds.name;
    EXPECT_FALSE(refusal(bounds, bounds.most)) << bounds.name;
    for (const double value : {bounds.below, bounds.beyond}) {
      const std::optional<std::string> said = refusal(bounds, value);
      ASSERT_TRUE(said) << bounds.name << ' ' << value;
      EXPECT_EQ(said->find(bounds.name), 0u) << *said;
    }
  }
}

TEST(RepairOptions, RefuseWhatIsNoNumber) {
  RepairOptions options;
  options.search.lambda = std::nan("");
  EXPECT_THROW(options.validate(), Error);
  options = {};
  options.search.tolerance = std::nan("");
  EXPECT_THROW(options.validate(), Error);
}

TEST(RepairOptions, OfEachPresetAreAccepted) {
  for (const char* preset : {"fast", "paper", "seed"})
    EXPECT_NO_THROW(preset_options(preset).validate()) << preset;
  EXPECT_THROW(preset_options("slow"), Error);
}

}  // namespace
}  // namespace ganface
