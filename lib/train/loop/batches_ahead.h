// SPDX-License-Identifier: MIT
// Owns the painting of a training's batches while a GPU is busy with earlier ones.
#pragma once

#include <ATen/Parallel.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <utility>

#include "nn/runtime/device.h"

namespace ganface::train {

/// The batches of a training in order, each a function of its number alone. On a CPU, which the
/// network needs itself, a batch is drawn when it is asked for, its samples on all threads; beside
/// a GPU as many batches as there are processors are drawn ahead, each on a thread of its own.
template <typename Batch>
class BatchesAhead {
 public:
  using Draw = std::function<Batch(int64_t number)>;

  /// `draw` is called from several threads at once unless `device` is a CPU.
  BatchesAhead(Draw draw, const torch::Device& device)
      : draw_(std::move(draw)), ahead_(device.is_cpu() ? 0 : at::get_num_threads()) {}

  /// Batch `number`, which is one more than the last one asked for. Throws what `draw` threw.
  Batch take(int64_t number) {
    if (ahead_ == 0) return draw_(number);
    while (static_cast<int64_t>(drawn_.size()) < ahead_) {
      const int64_t next = number + static_cast<int64_t>(drawn_.size());
      drawn_.push_back(std::async(std::launch::async, [this, next] {
        const nn::OneThread one_thread;
        return draw_(next);
      }));
    }
    Batch batch = drawn_.front().get();
    drawn_.pop_front();
    return batch;
  }

 private:
  const Draw draw_;
  const int64_t ahead_;
  std::deque<std::future<Batch>> drawn_;  // from the one asked for next; waits when destroyed
};

}  // namespace ganface::train
