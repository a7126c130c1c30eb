// SPDX-License-Identifier: MIT
// Owns the thread that searches a frame for new faces while the known ones are looked after.
#include "face/search_thread.h"

#include <system_error>
#include <utility>

namespace ganface::face {

SearchThread::~SearchThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void SearchThread::start(Search search) {
  Task task(std::move(search));
  result_ = task.get_future();
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      task();
      return;
    }
  }
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(task);
  }
  woken_.notify_one();
}

void SearchThread::drop() {
  if (!result_.valid()) return;
  result_.wait();
  result_ = {};
}

void SearchThread::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    woken_.wait(lock, [this] { return ends_ || next_; });
    if (next_) {
      Task task = std::move(*next_);
      next_.reset();
      lock.unlock();
      task();
      lock.lock();
    } else {
      return;
    }
  }
}

}  // namespace ganface::face
