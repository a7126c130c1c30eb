// SPDX-License-Identifier: MIT
// Owns the threads that help with a pass which must not wait for threads.
#include "nn/runtime/helper_threads.h"

#include <ATen/Parallel.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace ganface::nn {
namespace {

constexpr int kMostHelpers = 3;    // more wait for memory, not for work
constexpr int64_t kPartsEach = 4;  // that a thread would take of an even share
constexpr auto kLookout = std::chrono::microseconds(300);  // for more work, before a helper sleeps
constexpr int kPatience = 2000;  // pauses, before a caller leaves its processor to a helper

thread_local bool is_helped = false;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

struct Job {
  int64_t count, part;
  const std::function<void(int64_t, int64_t)>& work;
  std::atomic<int64_t> next{0};
  std::atomic<int> helpers{0};
  std::atomic<bool> has_failed{false};
  std::exception_ptr error = nullptr;  // the first one

  // In any thread; an error is the caller's to throw, when nobody works on the job any more.
  void take_parts() noexcept {
    try {
      while (!has_failed) {
        const int64_t begin = next.fetch_add(part);
        if (begin >= count) return;
        work(begin, std::min(begin + part, count));
      }
    } catch (...) {
      if (!has_failed.exchange(true)) error = std::current_exception();
    }
  }
};

// One job at a time; who comes while there is one works alone.
class HelpingThreads {
 public:
  // Never destroyed: its threads may outlive everything else in the process.
  static HelpingThreads& all() {
    static auto* const own = new HelpingThreads;
    return *own;
  }

  int64_t count() const { return count_; }

  void run(Job& job) {
    if (!offer(job)) return job.take_parts();
    job.take_parts();
    {
      const std::lock_guard lock(mutex_);
      job_ = nullptr;
    }
    // A helper that has been put off needs a processor: this one will do.
    for (int i = 0; job.helpers.load(std::memory_order_acquire) != 0; ++i)
      i < kPatience ? relax() : std::this_thread::yield();
  }

 private:
  HelpingThreads() {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    if (std::getenv("OMP_NUM_THREADS") == nullptr &&
        sched_getaffinity(0, sizeof processors, &processors) == 0)
      count_ = std::clamp(CPU_COUNT(&processors) - 1, 0, kMostHelpers);
    // Signals are for threads that know what to do with them.
    sigset_t everything, before;
    sigfillset(&everything);
    pthread_sigmask(SIG_SETMASK, &everything, &before);
    int64_t started = 0;
    try {
      for (; started < count_; ++started) {
        std::thread thread([this] { help(); });
        pthread_setname_np(thread.native_handle(), "ganface-help");
        thread.detach();
      }
    } catch (const std::system_error&) {
      // At the process's limit of threads: those that are there help, and nobody waits for more.
    }
    count_ = started;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  // Whether there is somebody to help with it.
  bool offer(Job& job) {
    if (count_ == 0) return false;
    bool wake = false;
    {
      const std::unique_lock lock(mutex_, std::try_to_lock);
      if (!lock || job_ != nullptr) return false;
      job_ = &job;
      offers_.fetch_add(1, std::memory_order_release);
      wake = asleep_ > 0;
    }
    if (wake) wake_.notify_all();
    return true;
  }

  [[noreturn]] void help() {
    is_helped = true;  // and has none left to give
    uint64_t seen = 0;
    while (true) {
      wait_for_offer(seen);
      Job* job = nullptr;
      {
        const std::lock_guard lock(mutex_);
        seen = offers_.load(std::memory_order_relaxed);
        job = job_;
        if (job != nullptr) job->helpers.fetch_add(1, std::memory_order_relaxed);
      }
      if (job == nullptr) continue;
      job->take_parts();
      job->helpers.fetch_sub(1, std::memory_order_release);
    }
  }

  void wait_for_offer(uint64_t seen) {
    const auto until = std::chrono::steady_clock::now() + kLookout;
    do {
      for (int i = 0; i < 64; ++i) {
        if (offers_.load(std::memory_order_acquire) != seen) return;
        relax();
      }
    } while (std::chrono::steady_clock::now() < until);
    std::unique_lock lock(mutex_);
    ++asleep_;
    wake_.wait(lock, [&] { return offers_.load(std::memory_order_relaxed) != seen; });
    --asleep_;
  }

  int64_t count_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  Job* job_ = nullptr;
  int asleep_ = 0;
  std::atomic<uint64_t> offers_{0};
};

}  // namespace

Helped::Helped(bool wanted) : before_(is_helped) { is_helped |= wanted; }

Helped::~Helped() { is_helped = before_; }

void in_parts(int64_t count, const std::function<void(int64_t begin, int64_t end)>& work) {
  if (!is_helped) return at::parallel_for(0, count, 1, work);
  HelpingThreads& threads = HelpingThreads::all();
  const int64_t parts = kPartsEach * (threads.count() + 1);
  Job job{count, std::max<int64_t>(1, (count + parts - 1) / parts), work};
  threads.run(job);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace ganface::nn
