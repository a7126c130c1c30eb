// SPDX-License-Identifier: MIT
// Owns the repair of faces by a search of a generator's latent space: scaling, search, restarts.
#pragma once

#include "models/model_file.h"
#include "repair/repair_engine.h"

namespace ganface::repair {

/// Source: Yeh, Chen, Lim, Schwing, Hasegawa-Johnson, Do, CVPR 2017.
class LatentRepair : public RepairEngine {
 public:
  LatentRepair(nn::Model model, nn::Execution execution);
  RepairMethod method() const override { return RepairMethod::kLatent; }
  int size() const override { return static_cast<int>(model_.generator->options.image_size); }
  bool has_encoder() const override { return !model_.encoder.is_empty(); }
  std::vector<RepairedFace> repair(const std::vector<DamagedFace>& faces,
                                   const RepairOptions& options,
                                   const StopCondition& stop) override;

 private:
  // The matrix that steps are taken through, or an empty tensor for exponent 0. Kept from frame to
  // frame while the exponent stays.
  at::Tensor preconditioner(double exponent);

  nn::Execution execution_;
  nn::Model model_;
  at::Tensor metric_, power_;
  double exponent_ = 0;  // of power_
};

}  // namespace ganface::repair
