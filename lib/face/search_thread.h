// SPDX-License-Identifier: MIT
// Owns the thread that searches a frame for new faces while the known ones are looked after.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "face/oriented_box.h"

namespace ganface::face {

/// Runs one search after the other in a thread of its own, which is started with the first one.
/// Used from one thread.
class SearchThread {
 public:
  using Search = std::function<std::vector<OrientedBox>()>;

  SearchThread() = default;
  /// Waits for the search that is under way.
  ~SearchThread();
  SearchThread(const SearchThread&) = delete;
  SearchThread& operator=(const SearchThread&) = delete;

  /// Begins a search; what was begun before has been taken. Where the system has no thread left the
  /// search is done at once, in this one.
  void start(Search search);
  /// Whether a search was begun and has not been taken.
  bool is_busy() const { return result_.valid(); }
  /// What the search found; waits for it. Throws what it threw.
  std::vector<OrientedBox> take() { return result_.get(); }
  /// Waits for what was begun, if anything was, and forgets it; throws nothing.
  void drop();

 private:
  using Task = std::packaged_task<std::vector<OrientedBox>()>;
  void run();

  std::future<std::vector<OrientedBox>> result_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::optional<Task> next_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace ganface::face
