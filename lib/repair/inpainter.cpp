// SPDX-License-Identifier: MIT
// Owns the options of a repair, and the choice of its method by the model.
#include <ganface/error.h>
#include <ganface/model_path.h>
#include <ganface/repair.h>

#include <string>

#include "models/completion_network.h"
#include "nn/runtime/translate.h"
#include "repair/completion_repair.h"
#include "repair/damage.h"
#include "repair/latent_repair.h"

namespace ganface {
namespace {

void expect(bool valid, const std::string& what) {
  if (!valid) throw Error(ErrorCode::kUsage, what);
}

std::unique_ptr<repair::RepairEngine> load_engine(const std::filesystem::path& file,
                                                  const nn::Execution& execution) {
  const core::TensorFile content = core::read_safetensors(file);
  const auto architecture = content.metadata.find("architecture");
  if (architecture != content.metadata.end() && architecture->second == nn::kCompletionArchitecture)
    return std::make_unique<repair::CompletionRepair>(
        nn::load_completion_model(content, file, execution), execution);
  return std::make_unique<repair::LatentRepair>(nn::load_model(content, file, execution),
                                                execution);
}

}  // namespace

void RepairOptions::validate() const {
  expect(iterations >= 0 && iterations <= 100000, "iterations must be 0 to 100000");
  expect(lambda >= 0 && lambda <= 1000, "lambda must be 0 to 1000");
  expect(prior >= 0 && prior <= 1000, "prior must be 0 to 1000");
  expect(proximity >= 0 && proximity <= 1000, "proximity must be 0 to 1000");
  expect(learning_rate > 0 && learning_rate <= 1, "learning-rate must be above 0, at most 1");
  expect(restarts >= 1 && restarts <= 64, "restarts must be 1 to 64");
  expect(feather_px >= 0 && feather_px <= 64, "feather must be 0 to 64");
  expect(guard_px >= 0 && guard_px <= 8, "guard must be 0 to 8");
  expect(preconditioning >= 0 && preconditioning <= 1, "preconditioning must be 0 to 1");
  expect(tolerance >= 0 && tolerance < 1, "tolerance must be at least 0 and below 1");
}

RepairOptions preset_options(const std::string& preset) {
  RepairOptions options;
  if (preset == "paper") return options;
  if (preset == "seed") {
    options.lambda = 0.2;
    options.weights = ContextWeights::kUniform;
    options.blend = Blend::kNone;
    return options;
  }
  if (preset == "fast") {
    options.start = Start::kEncoder;
    options.iterations = 30;
    options.learning_rate = 0.2;
    options.preconditioning = 0.25;
    options.proximity = 0.5;
    return options;
  }
  throw Error(ErrorCode::kUsage,
              "preset '" + preset + "' is unknown; expected fast, paper or seed");
}

struct Inpainter::Implementation {
  std::unique_ptr<repair::RepairEngine> engine;
};

Inpainter::Inpainter(const std::string& model, const std::string& device) {
  implementation_ = nn::translated("loading model '" + model + "'", [&] {
    auto loaded = std::make_unique<Implementation>();
    loaded->engine = load_engine(find_model(model), nn::choose_execution(device));
    return loaded;
  });
}

Inpainter::~Inpainter() = default;
Inpainter::Inpainter(Inpainter&&) noexcept = default;
Inpainter& Inpainter::operator=(Inpainter&&) noexcept = default;

RepairMethod Inpainter::method() const { return implementation_->engine->method(); }

int Inpainter::size() const { return implementation_->engine->size(); }

bool Inpainter::has_encoder() const { return implementation_->engine->has_encoder(); }

void Inpainter::warm_up() const {
  nn::translated("preparing the repair", [&] { implementation_->engine->warm_up(); });
}

std::vector<RepairedFace> Inpainter::repair(const std::vector<DamagedFace>& faces,
                                            const RepairOptions& options,
                                            const StopCondition& stop) const {
  options.validate();
  for (const DamagedFace& face : faces) repair::check(face);
  return nn::translated("repair",
                        [&] { return implementation_->engine->repair(faces, options, stop); });
}

}  // namespace ganface
