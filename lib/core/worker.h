// SPDX-License-Identifier: MIT
// Owns the thread in which work is done while its caller goes on.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace ganface::core {

/// Does one piece of work after the other in a thread of its own, which is started with the first
/// one. Used from one thread.
template <typename Result>
class Worker {
 public:
  Worker() = default;
  /// Waits for the work that is under way.
  ~Worker() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    woken_.notify_one();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Begins `work`; what was begun before has been taken. Where the system has no thread left it is
  /// done at once, in the caller's.
  void start(std::function<Result()> work) {
    Task task(std::move(work));
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

  /// Whether work was begun and its result has not been taken.
  bool is_busy() const { return result_.valid(); }
  /// Whether what was begun is done; waits for it, `most` at the longest.
  bool is_done(std::chrono::nanoseconds most = {}) const {
    return result_.wait_for(most) == std::future_status::ready;
  }
  /// The result of what was begun; waits for it. Throws what the work threw.
  Result take() { return result_.get(); }
  /// Waits for what was begun, if anything was, and forgets it; throws nothing.
  void drop() {
    if (!result_.valid()) return;
    result_.wait();
    result_ = {};
  }

 private:
  using Task = std::packaged_task<Result()>;

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      woken_.wait(lock, [this] { return ends_ || next_; });
      if (!next_) return;
      Task task = std::move(*next_);
      next_.reset();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::future<Result> result_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::optional<Task> next_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace ganface::core
