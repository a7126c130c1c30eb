// SPDX-License-Identifier: MIT
// Owns the loaded models that several users in a process share.
#pragma once

#include <ganface/api.h>
#include <ganface/repair.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ganface {

/// A loaded model. Whoever names the same file and device gets the same one, and the last of them
/// frees it. Calls from several threads are done one after the other.
class GANFACE_API SharedInpainter {
 public:
  /// Throws as Inpainter's constructor.
  static std::shared_ptr<SharedInpainter> acquire(const std::string& model,
                                                  const std::string& device);

  SharedInpainter(const std::string& model, const std::string& device) : inpainter_(model, device) {
    inpainter_.warm_up();
  }

  RepairMethod method() const { return inpainter_.method(); }

  /// Inpainter::repair().
  std::vector<RepairedFace> repair(const std::vector<DamagedFace>& faces,
                                   const RepairOptions& options, const StopCondition& stop);

 private:
  std::mutex mutex_;
  Inpainter inpainter_;
};

}  // namespace ganface
