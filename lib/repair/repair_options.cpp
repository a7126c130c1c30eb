// SPDX-License-Identifier: MIT
// Owns the options of a repair: their bounds, and the presets.
#include <ganface/error.h>
#include <ganface/repair.h>

#include <string>

namespace ganface {
namespace {

void expect(bool valid, const std::string& what) {
  if (!valid) throw Error(ErrorCode::kUsage, what);
}

}  // namespace

void RepairOptions::validate() const {
  expect(search.iterations >= 0 && search.iterations <= 100000, "iterations must be 0 to 100000");
  expect(search.lambda >= 0 && search.lambda <= 1000, "lambda must be 0 to 1000");
  expect(search.prior >= 0 && search.prior <= 1000, "prior must be 0 to 1000");
  expect(search.proximity >= 0 && search.proximity <= 1000, "proximity must be 0 to 1000");
  expect(search.learning_rate > 0 && search.learning_rate <= 1,
         "learning-rate must be above 0, at most 1");
  expect(search.restarts >= 1 && search.restarts <= 64, "restarts must be 1 to 64");
  expect(feather_px >= 0 && feather_px <= 64, "feather must be 0 to 64");
  expect(guard_px >= 0 && guard_px <= 8, "guard must be 0 to 8");
  expect(search.preconditioning >= 0 && search.preconditioning <= 1,
         "preconditioning must be 0 to 1");
  expect(search.tolerance >= 0 && search.tolerance < 1, "tolerance must be at least 0 and below 1");
}

RepairOptions preset_options(const std::string& preset) {
  RepairOptions options;
  if (preset == "paper") return options;
  if (preset == "seed") {
    options.search.lambda = 0.2;
    options.search.weights = ContextWeights::kUniform;
    options.blend = Blend::kNone;
    return options;
  }
  if (preset == "fast") {
    options.search.start = Start::kEncoder;
    options.search.iterations = 30;
    options.search.learning_rate = 0.2;
    options.search.preconditioning = 0.25;
    options.search.proximity = 0.5;
    return options;
  }
  throw Error(ErrorCode::kUsage,
              "preset '" + preset + "' is unknown; expected fast, paper or seed");
}

}  // namespace ganface
