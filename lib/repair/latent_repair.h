// SPDX-License-Identifier: MIT
// Owns the repair of faces by a search of a generator's latent space: scaling, search, restarts.
#pragma once

#include <vector>

#include "models/model_file.h"
#include "repair/latent_search.h"
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
  // The faces that have a hole, at the model's side, and where their repairs go.
  struct Batch {
    std::vector<const DamagedFace*> faces;
    std::vector<RepairedFace*> repaired;
    std::vector<Image> crops, holes;
    std::vector<Image> guarded;  // the holes with what is not trusted around them
  };

  // Sets the best face that is found for each of the batch, or that it failed.
  void search_faces(const Batch& batch, const SearchOptions& options, const StopCondition& stop);
  SearchTarget target_of(const Batch& batch) const;
  static void start_from_earlier(const Batch& batch, SearchStart& start);
  static void take_better(const Batch& batch, const SearchResult& found, double lambda);
  static void blend(const Batch& batch, size_t i, const RepairOptions& options);

  // The matrix that steps are taken through, or an empty tensor for exponent 0. Kept from frame to
  // frame while the exponent stays.
  at::Tensor preconditioner(double exponent);

  nn::Execution execution_;
  nn::Model model_;
  at::Tensor metric_, power_;
  double exponent_ = 0;  // of power_
};

}  // namespace ganface::repair
