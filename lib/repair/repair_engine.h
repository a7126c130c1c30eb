// SPDX-License-Identifier: MIT
// Owns what the methods of repair have in common, as Inpainter sees it.
#pragma once

#include <ganface/repair.h>

namespace ganface::repair {

/// A loaded model with its method. Inpainter's functions say what these do.
class RepairEngine {
 public:
  virtual ~RepairEngine() = default;
  virtual RepairMethod method() const = 0;
  virtual int size() const = 0;
  virtual bool has_encoder() const { return false; }
  virtual void warm_up() {}
  /// The options are valid.
  virtual std::vector<RepairedFace> repair(const std::vector<DamagedFace>& faces,
                                           const RepairOptions& options,
                                           const StopCondition& stop) = 0;
};

}  // namespace ganface::repair
