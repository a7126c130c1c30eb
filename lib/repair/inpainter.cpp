// SPDX-License-Identifier: MIT
// Owns the repair of a batch of faces: scaling, search, restarts, blending.
#include <ganface/error.h>
#include <ganface/holes.h>
#include <ganface/model_path.h>
#include <ganface/repair.h>

#include <algorithm>
#include <string>

#include "gan/images.h"
#include "gan/latent_metric.h"
#include "gan/model_file.h"
#include "gan/translate.h"
#include "repair/blend.h"
#include "repair/latent_search.h"

namespace ganface {
namespace {

void expect(bool valid, const std::string& what) {
  if (!valid) throw Error(ErrorCode::kUsage, what);
}

// Share of the schedule behind a face that starts from an earlier frame's z, or the encoder's.
constexpr double kWarmShare = 0.6;

// Each face's own start where it has one, else the start for all: every face the same z, or the
// encoder's, so that a face's result does not depend on its place in the batch.
repair::SearchStart choose_start(const std::vector<DamagedFace>& faces,
                                 const std::vector<size_t>& damaged, const at::Tensor& common,
                                 bool own) {
  repair::SearchStart start{common, at::zeros({common.size(0)}), {}, {}};
  for (size_t row = 0; own && row < damaged.size(); ++row) {
    const std::vector<float>& z = faces[damaged[row]].start;
    if (static_cast<int64_t>(z.size()) != common.size(1)) continue;
    start.z[static_cast<int64_t>(row)] = at::tensor(z);
    start.done[static_cast<int64_t>(row)] = kWarmShare;
  }
  return start;
}

bool has_hole(const Image& hole) {
  return std::any_of(hole.pixels.begin(), hole.pixels.end(), [](uint8_t p) { return p != 0; });
}

// A pixel of the scaled hole is missing when any part of it was.
Image scale_hole(const Image& hole, int size) {
  Image binary = hole;
  for (uint8_t& pixel : binary.pixels) pixel = pixel != 0 ? 255 : 0;
  Image scaled = hole.width == size ? binary : resize(binary.view(), size, size);
  for (uint8_t& pixel : scaled.pixels) pixel = pixel != 0 ? 255 : 0;
  return scaled;
}

bool has_soft_edges(const Image& hole) {
  return std::any_of(hole.pixels.begin(), hole.pixels.end(),
                     [](uint8_t p) { return p != 0 && p != 255; });
}

void check(const DamagedFace& face) {
  if (face.crop.empty() || face.crop.channels != 3 || face.hole.channels != 1 ||
      face.crop.width != face.crop.height || face.hole.width != face.crop.width ||
      face.hole.height != face.crop.height)
    throw Error(ErrorCode::kInput,
                "a damaged face needs a square RGB crop and a hole of the same size, got " +
                    std::to_string(face.crop.width) + "x" + std::to_string(face.crop.height) + "x" +
                    std::to_string(face.crop.channels) + " and " + std::to_string(face.hole.width) +
                    "x" + std::to_string(face.hole.height) + "x" +
                    std::to_string(face.hole.channels));
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
  gan::Execution execution;
  gan::Model model;

  // The matrix that steps are taken through, or an empty tensor for exponent 0. Kept from frame to
  // frame while the exponent stays.
  at::Tensor preconditioner(double exponent) {
    if (exponent == 0) return {};
    if (!metric_.defined()) metric_ = gan::latent_metric(model.generator, execution);
    if (exponent != exponent_) power_ = gan::inverse_power(metric_, exponent).to(execution.device);
    exponent_ = exponent;
    return power_;
  }

 private:
  at::Tensor metric_, power_;
  double exponent_ = 0;  // of power_
};

Inpainter::Inpainter(const std::string& model, const std::string& device) {
  implementation_ = gan::translated("loading model '" + model + "'", [&] {
    auto loaded = std::make_unique<Implementation>();
    loaded->execution = gan::choose_execution(device);
    loaded->model = gan::load_model(find_model(model), loaded->execution);
    return loaded;
  });
}

Inpainter::~Inpainter() = default;
Inpainter::Inpainter(Inpainter&&) noexcept = default;
Inpainter& Inpainter::operator=(Inpainter&&) noexcept = default;

int Inpainter::size() const {
  return static_cast<int>(implementation_->model.generator->options.image_size);
}

bool Inpainter::has_encoder() const { return !implementation_->model.encoder.is_empty(); }

std::vector<RepairedFace> Inpainter::repair(const std::vector<DamagedFace>& faces,
                                            const RepairOptions& options,
                                            const StopCondition& stop) const {
  options.validate();
  const int side = size();
  std::vector<RepairedFace> repaired(faces.size());
  std::vector<Image> crops, holes, guarded;
  std::vector<size_t> damaged;
  for (size_t i = 0; i < faces.size(); ++i) {
    check(faces[i]);
    const Image crop = resize(faces[i].crop.view(), side, side);
    if (!has_hole(faces[i].hole)) {
      repaired[i].completion = repaired[i].repaired = crop;
      repaired[i].alpha = Image(side, side, 1);
      continue;
    }
    crops.push_back(crop);
    holes.push_back(scale_hole(faces[i].hole, side));
    guarded.push_back(dilate(holes.back(), options.guard_px));
    damaged.push_back(i);
  }
  if (damaged.empty()) return repaired;

  return gan::translated("repair", [&] {
    gan::Model& model = implementation_->model;
    const int64_t latent_size = model.generator->options.latent_size;
    const torch::Device device = implementation_->execution.device;
    const at::Tensor batch = gan::network_input(gan::stack_images(crops)).to(device);
    at::Tensor missing = at::empty({batch.size(0), 1, side, side});
    for (size_t i = 0; i < guarded.size(); ++i)
      std::transform(guarded[i].pixels.begin(), guarded[i].pixels.end(),
                     missing[static_cast<int64_t>(i)].data_ptr<float>(),
                     [](uint8_t pixel) { return pixel != 0 ? 1.f : 0.f; });
    missing = missing.to(device);

    at::Tensor encoded;
    if (options.start == Start::kEncoder && has_encoder()) {
      torch::NoGradGuard no_gradient;
      encoded = model.encoder(batch, missing);
    }
    const at::Tensor preconditioner = implementation_->preconditioner(options.preconditioning);
    std::vector<double> best(damaged.size());
    for (const size_t i : damaged) repaired[i].failed = true;
    for (int restart = 0; restart < options.restarts; ++restart) {
      RepairOptions attempt = options;
      attempt.seed = options.seed + static_cast<uint64_t>(restart);
      const auto count = static_cast<int64_t>(damaged.size());
      at::Tensor common = gan::sample_latent(1, latent_size, attempt.seed).repeat({count, 1});
      if (restart == 0 && encoded.defined()) common = encoded.cpu();
      repair::SearchStart start = choose_start(faces, damaged, common, restart == 0);
      start.anchor = encoded;
      start.preconditioner = preconditioner;
      const repair::SearchResult found =
          repair::search(model, batch, missing, start, attempt, device, stop);
      const at::Tensor latents = found.z.cpu().contiguous();
      const std::vector<Image> images = gan::to_images(found.completions);
      for (size_t i = 0; i < damaged.size(); ++i) {
        RepairedFace& face = repaired[damaged[i]];
        face.iterations += found.iterations[i];
        const double loss = found.contextual[i] + options.lambda * found.perceptual[i];
        if (!found.found[i] || (!face.failed && loss >= best[i])) continue;
        best[i] = loss;
        face.failed = false;
        face.contextual_loss = found.contextual[i];
        face.perceptual_loss = found.perceptual[i];
        face.completion = images[i];
        const float* z = latents[static_cast<int64_t>(i)].data_ptr<float>();
        face.latent.assign(z, z + latent_size);
      }
      if (stop && stop()) break;
    }
    for (size_t i = 0; i < damaged.size(); ++i) {
      RepairedFace& face = repaired[damaged[i]];
      if (face.failed) {
        face.repaired = crops[i];
        face.alpha = Image(side, side, 1);
        continue;
      }
      const bool poisson = options.blend == Blend::kPoisson;
      if (poisson) face.completion = repair::blend_poisson(crops[i], face.completion, guarded[i]);
      const Image& hole = faces[damaged[i]].hole;
      face.alpha = has_soft_edges(hole) ? resize(hole.view(), side, side)
                                        : repair::blend_alpha(poisson ? guarded[i] : holes[i],
                                                              options.blend, options.feather_px);
      face.repaired = repair::blend_images(crops[i], face.completion, face.alpha);
    }
    return repaired;
  });
}

}  // namespace ganface
