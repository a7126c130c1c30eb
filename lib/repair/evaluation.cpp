// SPDX-License-Identifier: MIT
// Owns the measurement of a model's repairs on a folder of faces.
#include <ganface/error.h>
#include <ganface/evaluation.h>
#include <ganface/holes.h>
#include <ganface/metrics.h>
#include <ganface/sheet.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ganface-config.h"
#if GANFACE_HAVE_OPENCV
#include <ganface/classical_inpaint.h>
#endif

namespace ganface {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint8_t kHoleGrey = 128;

std::vector<Image> load_faces(const EvaluationOptions& options, int size) {
  std::vector<std::filesystem::path> files = list_images(options.folder);
  if (options.limit > 0 && static_cast<size_t>(options.limit) < files.size()) {
    std::vector<std::filesystem::path> some;
    for (size_t i = 0; i < static_cast<size_t>(options.limit); ++i)
      some.push_back(files[i * files.size() / static_cast<size_t>(options.limit)]);
    files = some;
  }
  std::vector<Image> faces;
  for (const auto& file : files) faces.push_back(canonical_crop(read_image(file).view(), size));
  return faces;
}

Image damage(const Image& face, const Image& hole) {
  Image damaged = face;
  for (size_t i = 0; i < hole.pixels.size(); ++i)
    if (hole.pixels[i] != 0)
      std::fill_n(damaged.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, kHoleGrey);
  return damaged;
}

void add(Quality& sum, const Image& image, const Image& truth, const Image& hole) {
  sum.psnr_hole += psnr(image, truth, hole);
  sum.psnr += psnr(image, truth);
  sum.ssim_hole += ssim(image, truth, hole);
  sum.ssim += ssim(image, truth);
}

void divide(Quality& sum, double count) {
  for (double* value : {&sum.psnr_hole, &sum.psnr, &sum.ssim_hole, &sum.ssim}) *value /= count;
}

nlohmann::json to_json(const Quality& quality) {
  return {{"psnr_hole", quality.psnr_hole},
          {"psnr", quality.psnr},
          {"ssim_hole", quality.ssim_hole},
          {"ssim", quality.ssim}};
}

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
  const Inpainter inpainter(options.model, options.device);
  Evaluation evaluation;
  evaluation.image_size = inpainter.size();
  const std::vector<Image> faces = load_faces(options, inpainter.size());
  const int count = static_cast<int>(faces.size());
  evaluation.images = count;
  std::vector<Image> cells;
  int done = 0;
  for (const std::string& name : options.masks) {
    MaskResult result;
    double seconds = 0;
    for (int first = 0; first < count; first += options.batch_size) {
      std::vector<DamagedFace> batch;
      for (int i = first; i < std::min(count, first + options.batch_size); ++i) {
        DamagedFace face;
        face.hole = evaluation_hole(name, inpainter.size(), i, options.seed);
        face.crop = damage(faces[static_cast<size_t>(i)], face.hole);
        batch.push_back(std::move(face));
      }
      const auto begin = Clock::now();
      const std::vector<RepairedFace> repaired = inpainter.repair(batch, options.repair);
      seconds += std::chrono::duration<double>(Clock::now() - begin).count();
      for (size_t i = 0; i < batch.size(); ++i) {
        const Image& truth = faces[static_cast<size_t>(first) + i];
        add(result.ours, repaired[i].repaired, truth, batch[i].hole);
        result.iterations += repaired[i].iterations;
        const bool shown = options.keep_sheet && first + static_cast<int>(i) < options.sheet_rows;
        if (shown) cells.insert(cells.end(), {truth, batch[i].crop, repaired[i].repaired});
#if GANFACE_HAVE_OPENCV
        const Image telea = inpaint_telea(batch[i].crop, batch[i].hole);
        add(result.telea, telea, truth, batch[i].hole);
        if (shown) cells.push_back(telea);
#else
        if (shown) cells.push_back(batch[i].crop);
#endif
      }
      done += static_cast<int>(batch.size());
      if (!observe(static_cast<double>(done) / (count * static_cast<double>(options.masks.size()))))
        throw Error(ErrorCode::kUsage, "evaluation was interrupted");
    }
    divide(result.ours, count);
    divide(result.telea, count);
    result.iterations /= count;
    result.ms_per_face = seconds * 1000 / count;
    evaluation.masks.emplace_back(name, result);
  }
  if (options.keep_sheet) evaluation.sheet = contact_sheet(cells, 16);
  return evaluation;
}

std::string Evaluation::json(const EvaluationOptions& options) const {
  nlohmann::json document{{"model", options.model},   {"method", "latent"},
                          {"preset", options.preset}, {"size", image_size},
                          {"images", images},         {"masks", nlohmann::json::object()}};
  for (const auto& [name, result] : masks) {
    nlohmann::json entry = to_json(result.ours);
    entry["ms_per_face"] = result.ms_per_face;
    entry["iterations"] = result.iterations;
#if GANFACE_HAVE_OPENCV
    entry["telea"] = to_json(result.telea);
#endif
    document["masks"][name] = entry;
  }
  return document.dump(2);
}

}  // namespace ganface
