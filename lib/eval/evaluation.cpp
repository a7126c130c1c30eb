// SPDX-License-Identifier: MIT
// Owns the measurement of a model's repairs on a folder of faces.
#include <ganface/error.h>
#include <ganface/evaluation.h>
#include <ganface/holes.h>
#include <ganface/metrics.h>
#include <ganface/sheet.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "eval/evaluation_references.h"
#include "ganface-config.h"
#if GANFACE_HAVE_OPENCV
#include <ganface/classical_inpaint.h>
#endif

namespace ganface {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSheetColumns = 16;

const char* name_of(EvaluationReference reference) {
  switch (reference) {
    case EvaluationReference::kMoved:
      return "moved";
    case EvaluationReference::kPerson:
      return "person";
    default:
      return "none";
  }
}

const char* name_of(RepairMethod method) {
  return method == RepairMethod::kCompletion ? "completion" : "latent";
}

constexpr double Quality::*kValues[] = {&Quality::psnr_hole,       &Quality::psnr,
                                        &Quality::ssim_hole,       &Quality::ssim,
                                        &Quality::gradient_energy, &Quality::truth_energy};

Quality quality_of(const Image& image, const Image& truth, const Image& hole) {
  return {psnr(image, truth, hole), psnr(image, truth),           ssim(image, truth, hole),
          ssim(image, truth),       gradient_energy(image, hole), gradient_energy(truth, hole)};
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

using Repair = std::function<std::vector<RepairedFace>(const std::vector<DamagedFace>&)>;

#if GANFACE_HAVE_OPENCV
RepairedFace classical_face(Image repaired) {
  RepairedFace face;
  face.repaired = std::move(repaired);
  return face;
}
#endif

// The ways of repair, by name: the presets, then OpenCV's.
std::vector<std::pair<std::string, Repair>> ways_of_repair(const EvaluationOptions& options,
                                                           const Inpainter& inpainter) {
  std::vector<std::pair<std::string, Repair>> ways;
  for (const EvaluatedPreset& preset : options.presets)
    ways.emplace_back(preset.name, [&](const std::vector<DamagedFace>& batch) {
      return inpainter.repair(batch, preset.repair);
    });
#if GANFACE_HAVE_OPENCV
  for (const auto& [name, fill] :
       {std::pair{"telea", &inpaint_telea}, std::pair{"ns", &inpaint_navier_stokes}})
    ways.emplace_back(name, [fill = fill](const std::vector<DamagedFace>& batch) {
      std::vector<RepairedFace> faces;
      for (const DamagedFace& face : batch)
        faces.push_back(classical_face(fill(face.crop, face.hole)));
      return faces;
    });
#endif
  return ways;
}

void finish(RepairResult& result, double seconds) {
  const auto count = static_cast<double>(result.images.size());
  for (const Quality& quality : result.images)
    for (const auto value : kValues) result.mean.*value += quality.*value / count;
  for (const int steps : result.image_iterations) result.iterations += steps / count;
  result.ms_per_face = seconds * 1000 / count;
}

}  // namespace

EvaluationReference reference_by_name(const std::string& name) {
  for (const auto reference :
       {EvaluationReference::kNone, EvaluationReference::kMoved, EvaluationReference::kPerson})
    if (name == name_of(reference)) return reference;
  throw Error(ErrorCode::kUsage,
              "reference '" + name + "' is unknown; expected none, moved or person");
}

Image evaluation_hole(const std::string& name, int size, int number, uint64_t seed) {
  if (name == "half") {
    constexpr Region kHalves[] = {Region::kTop, Region::kBottom, Region::kLeft, Region::kRight};
    return region_hole(kHalves[number % 4], size, seed);
  }
  return region_hole(region_by_name(name), size, seed * 1000003 + static_cast<uint64_t>(number));
}

Evaluation evaluate(const EvaluationOptions& options, const std::function<bool(double)>& observe) {
  if (options.batch_size < 1 || options.limit < 0)
    throw Error(ErrorCode::kUsage, "batch size must be 1 or more, limit 0 or more");
  if (options.presets.empty()) throw Error(ErrorCode::kUsage, "no preset was given");
  const Inpainter inpainter(options.model, options.device);
  const auto ways = ways_of_repair(options, inpainter);
  Evaluation evaluation;
  evaluation.image_size = inpainter.size();
  evaluation.method = inpainter.method();
  const std::vector<std::filesystem::path> all = list_images(options.folder);
  evaluation.files = repair::spread(all, static_cast<size_t>(options.limit));
  const auto count = static_cast<int>(evaluation.files.size());
  std::vector<Image> faces;
  for (const auto& file : evaluation.files)
    faces.push_back(repair::canonical_photograph(file, inpainter.size()));

  std::vector<Image> cells;
  double done = 0;
  for (const std::string& name : options.masks) {
    std::vector<RepairResult> results(ways.size());
    std::vector<double> seconds(ways.size());
    for (int first = 0; first < count; first += options.batch_size) {
      std::vector<DamagedFace> batch;
      for (int i = first; i < std::min(count, first + options.batch_size); ++i) {
        DamagedFace face;
        face.hole = evaluation_hole(name, inpainter.size(), i, options.seed);
        face.crop = repair::without_hole(faces[static_cast<size_t>(i)], face.hole);
        repair::add_reference(face, options.reference, evaluation.files[static_cast<size_t>(i)],
                              all, options.seed * 1000003 + static_cast<uint64_t>(i));
        batch.push_back(std::move(face));
      }
      std::vector<std::vector<RepairedFace>> repaired;
      for (size_t way = 0; way < ways.size(); ++way) {
        const auto begin = Clock::now();
        repaired.push_back(ways[way].second(batch));
        seconds[way] += std::chrono::duration<double>(Clock::now() - begin).count();
        done += static_cast<double>(batch.size());
        const double all = count * static_cast<double>(options.masks.size() * ways.size());
        if (!observe(done / all)) throw Error(ErrorCode::kUsage, "evaluation was interrupted");
      }
      for (size_t i = 0; i < batch.size(); ++i) {
        const Image& truth = faces[static_cast<size_t>(first) + i];
        const bool shown = options.keep_sheet && first + static_cast<int>(i) < options.sheet_rows;
        if (shown) cells.insert(cells.end(), {truth, batch[i].crop});
        for (size_t way = 0; way < ways.size(); ++way) {
          const RepairedFace& face = repaired[way][i];
          results[way].images.push_back(quality_of(face.repaired, truth, batch[i].hole));
          results[way].image_iterations.push_back(face.iterations);
          if (shown) cells.push_back(face.repaired);
        }
      }
    }
    MaskResult mask;
    mask.mask = name;
    for (size_t way = 0; way < ways.size(); ++way) {
      results[way].name = ways[way].first;
      finish(results[way], seconds[way]);
      (way < options.presets.size() ? mask.presets : mask.classical)
          .push_back(std::move(results[way]));
    }
    evaluation.masks.push_back(std::move(mask));
  }
  const int cells_per_image = 2 + static_cast<int>(ways.size());
  if (options.keep_sheet)
    evaluation.sheet =
        contact_sheet(cells, cells_per_image * std::max(1, kSheetColumns / cells_per_image));
  return evaluation;
}

std::string Evaluation::json(const EvaluationOptions& options) const {
  const auto of_preset = [&](size_t preset) {
    auto entries = nlohmann::json::object();
    for (const MaskResult& mask : masks) entries[mask.mask] = to_json(mask, mask.presets[preset]);
    return entries;
  };
  nlohmann::json document{{"reference", name_of(options.reference)},
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
