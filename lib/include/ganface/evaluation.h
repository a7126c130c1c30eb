// SPDX-License-Identifier: MIT
// Owns the measurement of a model's repairs on a folder of faces.
#pragma once

#include <ganface/api.h>
#include <ganface/repair.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ganface {

/// A way to repair that is measured.
struct EvaluatedPreset {
  std::string name;
  RepairOptions repair;  ///< usually preset_options(name), changed
};

/// What a completion is shown beside the damaged crop.
enum class EvaluationReference {
  kNone,
  kMoved,   ///< the same photograph, moved by a few pixels and relit
  kPerson,  ///< another photograph of the person (same folder); none where there is one alone
};

/// "none", "moved", "person" -> EvaluationReference. Throws Error(kUsage) otherwise.
GANFACE_API EvaluationReference reference_by_name(const std::string& name);

/// What to measure.
struct EvaluationOptions {
  std::string model;
  std::string device = "auto";
  std::filesystem::path folder;  ///< LFW photographs or square crops, any depth
  std::vector<std::string> masks{"center", "pattern", "random", "half"};
  std::vector<EvaluatedPreset> presets;  ///< side by side on the same holes; at least one
  int limit = 0;                         ///< images spread evenly over the folder; 0 = all
  int batch_size = 64;                   ///< faces searched together
  EvaluationReference reference = EvaluationReference::kNone;  ///< for completion models
  uint64_t seed = 1;   ///< of the random holes and moved references
  int sheet_rows = 8;  ///< images a mask on the contact sheet
  bool keep_sheet = false;
};

/// PSNR in dB and SSIM, over the hole and over the whole image.
struct Quality {
  double psnr_hole = 0, psnr = 0, ssim_hole = 0, ssim = 0;
  /// gradient_energy() in the hole, of the repair and of the truth.
  double gradient_energy = 0, truth_energy = 0;
  /// 1: as sharp as the truth. Of means, the ratio of the sums over images.
  double sharpness() const { return truth_energy > 0 ? gradient_energy / truth_energy : 1; }
};

/// One way of repair on one kind of hole.
struct RepairResult {
  std::string name;  ///< of the preset; "telea" and "ns" for OpenCV's
  Quality mean;      ///< means over images of per-image values
  double ms_per_face = 0;
  double iterations = 0;        ///< mean steps a face
  std::vector<Quality> images;  ///< of each image
  std::vector<int> image_iterations;
};

/// Results for one kind of hole.
struct MaskResult {
  std::string mask;
  std::vector<RepairResult> presets;    ///< in the order asked for
  std::vector<RepairResult> classical;  ///< Telea and Navier-Stokes; empty when not built in
};

/// Results of an evaluation.
struct GANFACE_API Evaluation {
  int image_size = 0;
  RepairMethod method = RepairMethod::kLatent;
  std::vector<std::filesystem::path> files;  ///< of the images
  std::vector<MaskResult> masks;             ///< in the order asked for
  /// Truth, damaged, one repair a preset, Telea, Navier-Stokes, for some images of each mask; empty
  /// unless asked for.
  Image sheet;

  /// The JSON objects of the documentation (docs/evaluation.md): the means, and every image's
  /// values.
  std::string json(const EvaluationOptions& options) const;
  std::string json_per_image() const;
};

/// The hole of evaluation mask `name` ("center", "half", "random", "pattern", or a region's name)
/// for image `number` of a size x size set: half is top, bottom, left, right in turn.
GANFACE_API Image evaluation_hole(const std::string& name, int size, int number, uint64_t seed);

/// Repairs every image under every mask and compares with the truth. A completion model has one way
/// of repair: the presets differ in their blending only. `observe` gets the share done
/// and returns false to stop, which throws Error(kUsage). Throws Error as Inpainter does.
GANFACE_API Evaluation evaluate(const EvaluationOptions& options,
                                const std::function<bool(double)>& observe);

}  // namespace ganface
