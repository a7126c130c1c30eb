// SPDX-License-Identifier: MIT
// Owns the threads that help with a pass which must not wait for threads.
#pragma once

#include <cstdint>
#include <functional>

namespace ganface::nn {

/// Calls work(begin, end) for parts of 0 to `count`, which together are all of it, from several
/// threads at once; returns when all is done. Of what `work` throws the first is thrown on, when no
/// thread works any more; what was not begun is left out then.
///
/// It is LibTorch's threads who work (at::parallel_for), unless this thread is Helped: then
/// standing threads take parts as long as there are any, if they are free and a processor is.
/// Unlike a team that is given its shares beforehand, nobody waits for one that an encoder has put
/// off. They look out for further work for a moment before they sleep.
void in_parts(int64_t count, const std::function<void(int64_t begin, int64_t end)>& work);

/// While it lives, in_parts() of this thread has the standing threads' help; no more than its own
/// under OMP_NUM_THREADS. Does nothing unless `wanted`.
class Helped {
 public:
  explicit Helped(bool wanted = true);
  ~Helped();
  Helped(const Helped&) = delete;
  Helped& operator=(const Helped&) = delete;

 private:
  const bool before_;
};

}  // namespace ganface::nn
