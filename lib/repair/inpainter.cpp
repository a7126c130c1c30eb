// SPDX-License-Identifier: MIT
// Owns the choice of a repair's method by the model.
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
