// SPDX-License-Identifier: MIT
// Owns the measurement of a model's repairs on a folder of faces.
#include <ganface/error.h>
#include <ganface/evaluation.h>
#include <ganface/holes.h>
#include <ganface/metrics.h>
#include <ganface/sheet.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "eval/evaluation_references.h"
#include "ganface-config.h"
#if GANFACE_HAVE_OPENCV
#include <ganface/classical_inpaint.h>
#endif

namespace ganface {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSheetColumns = 16;

constexpr double Quality::*kValues[] = {&Quality::psnr_hole,       &Quality::psnr,
                                        &Quality::ssim_hole,       &Quality::ssim,
                                        &Quality::gradient_energy, &Quality::truth_energy};

Quality quality_of(const Image& image, const Image& truth, const Image& hole) {
  return {psnr(image, truth, hole), psnr(image, truth),           ssim(image, truth, hole),
          ssim(image, truth),       gradient_energy(image, hole), gradient_energy(truth, hole)};
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

// An evaluation under way.
class EvaluationRun {
 public:
  EvaluationRun(const EvaluationOptions& options, const std::function<bool(double)>& observe)
      : options_(options),
        observe_(observe),
        inpainter_(options.model, options.device),
        ways_(ways_of_repair(options, inpainter_)),
        all_files_(list_images(options.folder)),
        files_(repair::spread(all_files_, static_cast<size_t>(options.limit))) {
    for (const auto& file : files_)
      truths_.push_back(repair::canonical_photograph(file, inpainter_.size()));
  }
  EvaluationRun(const EvaluationRun&) = delete;  // the ways of repair keep to this inpainter
  EvaluationRun& operator=(const EvaluationRun&) = delete;

  Evaluation evaluate() {
    Evaluation evaluation;
    evaluation.image_size = inpainter_.size();
    evaluation.method = inpainter_.method();
    evaluation.files = files_;
    for (const std::string& mask : options_.masks) evaluation.masks.push_back(measured(mask));
    const int cells_per_image = 2 + static_cast<int>(ways_.size());
    if (options_.keep_sheet)
      evaluation.sheet =
          contact_sheet(cells_, cells_per_image * std::max(1, kSheetColumns / cells_per_image));
    return evaluation;
  }

 private:
  // Of the repairs of one batch, one list a way of repair.
  using Repaired = std::vector<std::vector<RepairedFace>>;

  MaskResult measured(const std::string& mask) {
    std::vector<RepairResult> results(ways_.size());
    std::vector<double> seconds(ways_.size());
    for (size_t first = 0; first < truths_.size();
         first += static_cast<size_t>(options_.batch_size)) {
      const std::vector<DamagedFace> batch = damaged(mask, first);
      compare(first, batch, repaired(batch, seconds), results);
    }
    MaskResult result;
    result.mask = mask;
    for (size_t way = 0; way < ways_.size(); ++way) {
      results[way].name = ways_[way].first;
      finish(results[way], seconds[way]);
      (way < options_.presets.size() ? result.presets : result.classical)
          .push_back(std::move(results[way]));
    }
    return result;
  }

  // The faces from number `first` on, as many as are repaired together.
  std::vector<DamagedFace> damaged(const std::string& mask, size_t first) const {
    const size_t end = std::min(truths_.size(), first + static_cast<size_t>(options_.batch_size));
    std::vector<DamagedFace> batch;
    for (size_t i = first; i < end; ++i) {
      DamagedFace face;
      face.hole = evaluation_hole(mask, inpainter_.size(), static_cast<int>(i), options_.seed);
      face.crop = repair::without_hole(truths_[i], face.hole);
      repair::add_reference(face, options_.reference, files_[i], all_files_,
                            options_.seed * 1000003 + static_cast<uint64_t>(i));
      batch.push_back(std::move(face));
    }
    return batch;
  }

  Repaired repaired(const std::vector<DamagedFace>& batch, std::vector<double>& seconds) {
    Repaired result;
    for (size_t way = 0; way < ways_.size(); ++way) {
      const auto begin = Clock::now();
      result.push_back(ways_[way].second(batch));
      seconds[way] += std::chrono::duration<double>(Clock::now() - begin).count();
      done_ += static_cast<double>(batch.size());
      const double all = static_cast<double>(truths_.size()) *
                         static_cast<double>(options_.masks.size() * ways_.size());
      if (!observe_(done_ / all)) throw Error(ErrorCode::kUsage, "evaluation was interrupted");
    }
    return result;
  }

  void compare(size_t first, const std::vector<DamagedFace>& batch, const Repaired& repaired,
               std::vector<RepairResult>& results) {
    for (size_t i = 0; i < batch.size(); ++i) {
      const Image& truth = truths_[first + i];
      const bool shown = options_.keep_sheet && static_cast<int>(first + i) < options_.sheet_rows;
      if (shown) cells_.insert(cells_.end(), {truth, batch[i].crop});
      for (size_t way = 0; way < ways_.size(); ++way) {
        const RepairedFace& face = repaired[way][i];
        results[way].images.push_back(quality_of(face.repaired, truth, batch[i].hole));
        results[way].image_iterations.push_back(face.iterations);
        if (shown) cells_.push_back(face.repaired);
      }
    }
  }

  const EvaluationOptions& options_;
  const std::function<bool(double)>& observe_;
  const Inpainter inpainter_;
  const std::vector<std::pair<std::string, Repair>> ways_;
  const std::vector<std::filesystem::path> all_files_, files_;
  std::vector<Image> truths_;  // canonical crops of `files_`
  std::vector<Image> cells_;   // of the contact sheet
  double done_ = 0;            // repairs
};

}  // namespace

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
  return EvaluationRun(options, observe).evaluate();
}

}  // namespace ganface
