// SPDX-License-Identifier: MIT
// Owns the thread that repairs faces while the stream goes on.
#include "video/repair_worker.h"

#include <utility>

namespace ganface::video {

RepairWorker::RepairWorker(std::shared_ptr<SharedInpainter> inpainter)
    : inpainter_(std::move(inpainter)), thread_([this] { run(); }) {}

RepairWorker::~RepairWorker() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void RepairWorker::start(Faces faces, RepairOptions options) {
  options.one_thread = true;  // the stream goes first
  Task task([inpainter = inpainter_, faces = std::move(faces), options] {
    return inpainter->repair(*faces, options, {});
  });
  result_ = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(task);
  }
  woken_.notify_one();
}

bool RepairWorker::is_done(std::chrono::steady_clock::time_point deadline) const {
  return result_.wait_until(deadline) == std::future_status::ready;
}

void RepairWorker::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    woken_.wait(lock, [this] { return ends_ || next_; });
    if (ends_) return;
    Task task = std::move(*next_);
    next_.reset();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace ganface::video
