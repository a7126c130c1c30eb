// SPDX-License-Identifier: MIT
// Owns Ctrl-C: a long command sees it and ends in good order.
#include "interruption.h"

#include <csignal>

namespace ganface::cli {
namespace {

volatile std::sig_atomic_t signalled = 0;

}  // namespace

void catch_interruption() {
  std::signal(SIGINT, [](int) { signalled = 1; });
  std::signal(SIGTERM, [](int) { signalled = 1; });
}

bool interrupted() { return signalled != 0; }

}  // namespace ganface::cli
