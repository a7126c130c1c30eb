// SPDX-License-Identifier: MIT
// Owns how the process ends before its work is done, interrupted or by a library: nothing
// unfinished stays.
#include "process_end.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "interruption.h"
#include "unfinished_paths.h"

namespace ganface::cli {
namespace {

std::atomic<bool> end_is_expected{true};
int code_of_unexpected_end = 0;

// The signal comes again when this returns, and ends the process as it would have.
void leave_by_signal(int number) {
  unfinished_paths().remove_all_at_once();
  ::raise(number);
}

void say(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

}  // namespace

void leave(const char* why, int code) {
  say("ganface: ");
  say(why);
  say("\n");
  unfinished_paths().remove_all_at_once();
  std::_Exit(code);
}

void catch_unexpected_end(int code) {
  code_of_unexpected_end = code;
  end_is_expected = false;
  std::atexit([] {
    if (!end_is_expected)
      leave(
          "a library has ended the process, as for a thread or memory that it lacks; what it "
          "said stands above",
          code_of_unexpected_end);
  });
  std::set_terminate([] {
    try {
      if (std::current_exception()) throw;
    } catch (const std::bad_alloc&) {
      leave("out of memory, where nothing can be saved", code_of_unexpected_end);
    } catch (...) {
      // A defect.
    }
    std::abort();
  });
  for (const int number : {SIGABRT, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS}) {
    struct sigaction action {};
    action.sa_handler = leave_by_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
  }
}

void expect_end() { end_is_expected = true; }

void leave_if_interrupted() {
  if (!interrupted()) return;
  unfinished_paths().remove_all_for_good();
  std::fflush(nullptr);
  std::_Exit(kInterrupted);
}

}  // namespace ganface::cli
