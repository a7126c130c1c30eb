// SPDX-License-Identifier: MIT
// Owns the repair of faces in one pass of the completion network.
#pragma once

#include <vector>

#include "models/completion_network.h"
#include "repair/person_detail.h"
#include "repair/repair_engine.h"

namespace ganface::repair {

/// All faces of a call go through the network together, at its side of 128 pixels. A larger crop's
/// completion is enlarged, and where the network trusts the reference it gets the reference's
/// detail, so that a face that was seen before stays as sharp as it was. A photograph of the
/// person, or a reference that is hardly to be trusted, gives its detail (repair/person_detail.h).
/// What nothing is known of is repainted by the model's refinement network (repair/refinement.h).
class CompletionRepair : public RepairEngine {
 public:
  CompletionRepair(nn::CompletionModel model, nn::Execution execution);
  RepairMethod method() const override { return RepairMethod::kCompletion; }
  int size() const override { return nn::kCompletionSize; }
  void warm_up() override;
  std::vector<RepairedFace> repair(const std::vector<DamagedFace>& faces,
                                   const RepairOptions& options,
                                   const StopCondition& stop) override;

 private:
  // The faces that have a hole, at the network's side, and where their repairs go.
  struct Batch {
    std::vector<const DamagedFace*> faces;
    std::vector<RepairedFace*> repaired;
    std::vector<Image> crops, holes;
    std::vector<Image> references, known;  // black and nowhere for a face without a reference
    bool any_reference = false;
  };
  // What the network and a photograph of the person make of faces.
  struct Completed {
    nn::CompletionOutput output;
    nn::PersonDetail detail;     // of all faces, its share mostly 0; undefined when no face has any
    std::vector<int64_t> vague;  // faces of which no look at the person helps
  };

  // Faces without a hole are repaired already.
  static Batch damaged_among(const std::vector<DamagedFace>& faces, int guard_px,
                             std::vector<RepairedFace>& repaired);
  nn::CompletionInput input_of(const Batch& batch);
  // What the generator makes up for each damaged face; some bring an earlier one.
  at::Tensor prior_samples(const std::vector<const DamagedFace*>& faces,
                           const nn::CompletionInput& input);
  // A face without a reference that helps is looked at `often` and sharpened, if that is wanted; it
  // gets the detail of its photograph, or of that reference.
  Completed completed(const nn::CompletionInput& input,
                      const std::vector<const DamagedFace*>& faces, bool often);
  void finish(const Batch& batch, const nn::CompletionInput& input, const Completed& answer,
              const RepairOptions& options);

  nn::CompletionModel model_;
  nn::Execution execution_;
};

}  // namespace ganface::repair
