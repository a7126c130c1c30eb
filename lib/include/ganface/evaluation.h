// SPDX-License-Identifier: MIT
// Owns the measurement of a model's repairs on a folder of faces.
#pragma once

#include <ganface/repair.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ganface {

/// What to measure.
struct EvaluationOptions {
  std::string model;
  std::string device = "auto";
  std::filesystem::path folder;  ///< LFW photographs or square crops, any depth
  std::vector<std::string> masks{"center", "pattern", "random", "half"};
  std::string preset = "paper";
  RepairOptions repair;  ///< usually preset_options(preset), changed
  int limit = 0;         ///< images spread evenly over the folder; 0 = all
  int batch_size = 64;   ///< faces searched together
  uint64_t seed = 1;     ///< of the random holes
  int sheet_rows = 8;    ///< images a mask on the contact sheet
  bool keep_sheet = false;
};

/// Means over images of per-image values: PSNR in dB, over the hole and over the whole image.
struct Quality {
  double psnr_hole = 0, psnr = 0, ssim_hole = 0, ssim = 0;
};

/// Results for one kind of hole.
struct MaskResult {
  Quality ours;
  Quality telea;  ///< OpenCV's Telea on the same holes; zeros when not built in
  double ms_per_face = 0;
  double iterations = 0;  ///< mean steps a face
};

/// Results of an evaluation.
struct Evaluation {
  int image_size = 0;
  int images = 0;
  std::vector<std::pair<std::string, MaskResult>> masks;  ///< in the order asked for
  Image sheet;  ///< rows of truth, damaged, repaired, Telea, per mask; empty unless asked for

  /// The JSON object of the documentation (docs/evaluation.md).
  std::string json(const EvaluationOptions& options) const;
};

/// The hole of evaluation mask `name` ("center", "half", "random", "pattern", or a region's name)
/// for image `number` of a size x size set: half is top, bottom, left, right in turn.
Image evaluation_hole(const std::string& name, int size, int number, uint64_t seed);

/// Repairs every image under every mask and compares with the truth. `observe` gets the share done
/// and returns false to stop, which throws Error(kUsage). Throws Error as Inpainter does.
Evaluation evaluate(const EvaluationOptions& options, const std::function<bool(double)>& observe);

}  // namespace ganface
