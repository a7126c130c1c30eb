// SPDX-License-Identifier: MIT
// Owns Ctrl-C: a long command sees it and ends in good order.
#include "interruption.h"

#include <CLI/Error.hpp>
#include <csignal>
#include <cstdio>

namespace ganface::cli {
namespace {

volatile std::sig_atomic_t signalled = 0;

void take(int) { signalled = 1; }

}  // namespace

void catch_interruption() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;  // nohup, or a script's job in the background
    struct sigaction action {};
    action.sa_handler = take;
    // A second one ends a process that is stuck.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
  }
}

bool interrupted() { return signalled != 0; }

void say_interrupted(const std::string& what) {
  std::printf("%s\n", what.c_str());
  throw CLI::RuntimeError(kInterrupted);
}

}  // namespace ganface::cli
