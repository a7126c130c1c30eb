// SPDX-License-Identifier: MIT
// Owns an evaluation's figures as JSON.
#include <ganface/evaluation.h>

#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "eval/evaluation_references.h"

namespace ganface {
namespace {

const char* name_of(RepairMethod method) {
  return method == RepairMethod::kCompletion ? "completion" : "latent";
}

nlohmann::json to_json(const Quality& quality) {
  return {{"psnr_hole", quality.psnr_hole},
          {"psnr", quality.psnr},
          {"ssim_hole", quality.ssim_hole},
          {"ssim", quality.ssim},
          {"sharpness", quality.sharpness()}};
}

nlohmann::json to_json(const MaskResult& mask, const RepairResult& result) {
  nlohmann::json entry = to_json(result.mean);
  entry["ms_per_face"] = result.ms_per_face;
  entry["iterations"] = result.iterations;
  for (const RepairResult& classical : mask.classical)
    entry[classical.name] = to_json(classical.mean);
  return entry;
}

}  // namespace

std::string Evaluation::json(const EvaluationOptions& options) const {
  const auto of_preset = [&](size_t preset) {
    auto entries = nlohmann::json::object();
    for (const MaskResult& mask : masks) entries[mask.mask] = to_json(mask, mask.presets[preset]);
    return entries;
  };
  nlohmann::json document{{"reference", repair::name_of(options.reference)},
                          {"model", options.model},
                          {"method", name_of(method)},
                          {"preset", options.presets.front().name},
                          {"size", image_size},
                          {"images", files.size()},
                          {"masks", of_preset(0)}};
  for (size_t preset = 1; preset < options.presets.size(); ++preset)
    document["others"][options.presets[preset].name] = of_preset(preset);
  return core::json_text(document);
}

std::string Evaluation::json_per_image() const {
  auto list = nlohmann::json::array();
  for (size_t i = 0; i < files.size(); ++i) {
    nlohmann::json image{{"file", files[i].string()}, {"masks", nlohmann::json::object()}};
    for (const MaskResult& mask : masks) {
      for (const RepairResult& result : mask.presets) {
        image["masks"][mask.mask][result.name] = to_json(result.images[i]);
        image["masks"][mask.mask][result.name]["iterations"] = result.image_iterations[i];
      }
      for (const RepairResult& result : mask.classical)
        image["masks"][mask.mask][result.name] = to_json(result.images[i]);
    }
    list.push_back(std::move(image));
  }
  return core::json_text(nlohmann::json{{"images", list}});
}

}  // namespace ganface
