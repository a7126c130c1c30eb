// SPDX-License-Identifier: MIT
// Owns Ctrl-C: a long command sees it and ends in good order.
#include "interruption.h"

#include <semaphore.h>

#include <CLI/Error.hpp>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <thread>

namespace ganface::cli {
namespace {

volatile std::sig_atomic_t signalled = 0;
sem_t arrived;  // posted by the handler

void take(int) {
  signalled = 1;
  sem_post(&arrived);
}

}  // namespace

void catch_interruption() {
  sem_init(&arrived, 0, 0);
  // What cannot be written is an error like any other, after which nothing is left behind.
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
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

void act_when_interrupted(std::chrono::milliseconds patience, void (*act)()) {
  try {
    std::thread([patience, act] {
      while (sem_wait(&arrived) != 0) continue;
      std::this_thread::sleep_for(patience);
      act();
    }).detach();
  } catch (const std::system_error&) {
    // No thread is to be had: the command itself sees the signal, unless it waits.
  }
}

bool interrupted() { return signalled != 0; }

void say_interrupted(const std::string& what) {
  std::printf("%s\n", what.c_str());
  throw CLI::RuntimeError(kInterrupted);
}

}  // namespace ganface::cli
