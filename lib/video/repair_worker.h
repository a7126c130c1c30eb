// SPDX-License-Identifier: MIT
// Owns the thread that repairs faces while the stream goes on.
#pragma once

#include <ganface/shared_inpainter.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace ganface::video {

/// Repairs batches of faces in a thread of its own, one after the other, so that whoever waits for
/// one can give up waiting in time. Used from one thread.
class RepairWorker {
 public:
  using Faces = std::shared_ptr<const std::vector<DamagedFace>>;

  explicit RepairWorker(std::shared_ptr<SharedInpainter> inpainter);
  /// Waits for the repair that is under way.
  ~RepairWorker();
  RepairWorker(const RepairWorker&) = delete;
  RepairWorker& operator=(const RepairWorker&) = delete;

  /// Begins to repair `faces`; what was begun before has been taken.
  void start(Faces faces, RepairOptions options);

  /// Whether what was begun is done by `deadline`.
  bool is_done(std::chrono::steady_clock::time_point deadline) const;
  /// What was begun; waits for it. Throws as Inpainter::repair().
  std::vector<RepairedFace> take() { return result_.get(); }

 private:
  using Task = std::packaged_task<std::vector<RepairedFace>()>;
  void run();

  const std::shared_ptr<SharedInpainter> inpainter_;
  std::future<std::vector<RepairedFace>> result_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::optional<Task> next_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace ganface::video
