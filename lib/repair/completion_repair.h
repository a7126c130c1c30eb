// SPDX-License-Identifier: MIT
// Owns the repair of faces in one pass of the completion network.
#pragma once

#include "gan/completion_network.h"
#include "repair/repair_engine.h"

namespace ganface::repair {

/// All faces of a call go through the network together, at its side of 128 pixels. A larger crop's
/// completion is enlarged, and where the network trusts the reference it gets the reference's
/// detail, so that a face that was seen before stays as sharp as it was.
class CompletionRepair : public RepairEngine {
 public:
  CompletionRepair(gan::CompletionModel model, gan::Execution execution);
  RepairMethod method() const override { return RepairMethod::kCompletion; }
  int size() const override { return gan::kCompletionSize; }
  void warm_up() override;
  std::vector<RepairedFace> repair(const std::vector<DamagedFace>& faces,
                                   const RepairOptions& options,
                                   const StopCondition& stop) override;

 private:
  // What the generator makes up for each damaged face; some bring an earlier one.
  at::Tensor guesses(const std::vector<DamagedFace>& faces, const std::vector<size_t>& damaged,
                     const gan::CompletionInput& input);
  // The network's answer. Faces `unseen` have no reference: they are looked at often and sharpened;
  // of the faces `seen`, those whose reference is hardly trusted.
  gan::CompletionOutput completed(const gan::CompletionInput& input,
                                  const std::vector<int64_t>& unseen,
                                  const std::vector<int64_t>& seen);

  gan::CompletionModel model_;
  gan::Execution execution_;
};

}  // namespace ganface::repair
