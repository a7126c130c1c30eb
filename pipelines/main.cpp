// SPDX-License-Identifier: MIT
// Owns the entry point of `ganface`: subcommands, and exit codes that a script can tell apart.
#include <ganface/error.h>
#include <malloc.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <cstdlib>
#include <new>

#include <ganface/current_error.h>
#include "abandoned_threads.h"
#include "commands.h"
#include "interruption.h"
#include "process_end.h"

int ganface::cli::exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kUnsupported:
      return 2;
    case ErrorCode::kInput:
    case ErrorCode::kOutput:
      return 3;
    case ErrorCode::kModel:
      return 4;
    case ErrorCode::kDevice:
    case ErrorCode::kMemory:
      return 5;
    case ErrorCode::kInternal:
      return 6;
  }
  return 6;
}

namespace {

int run(int argc, char** argv) {
  CLI::App app("Repairs occluded faces and makes faces up, with a GAN");
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 2 usage, 3 input or output, 4 model, 5 device, 6 internal, 130 "
      "interrupted");
  ganface::cli::add_bench(app);
  ganface::cli::add_eval(app);
  ganface::cli::add_fake(app);
  ganface::cli::add_frechet(app);
  ganface::cli::add_info(app);
  ganface::cli::add_neighbours(app);
  ganface::cli::add_repair(app);
  ganface::cli::add_train(app);
  ganface::cli::add_train_encoder(app);
  ganface::cli::add_train_facemask(app);
  ganface::cli::add_train_completion(app);
  ganface::cli::add_train_features(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (...) {
    const ganface::Error error = ganface::current_error();
    std::fprintf(stderr, "ganface: %s\n", error.what());
    return ganface::cli::interrupted() ? ganface::cli::kInterrupted
                                       : ganface::cli::exit_code(error.code());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Activations are tens of megabytes and freed at every step: keep them in the heap, or each step
  // pays for the kernel's zeroing of fresh pages.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, -1);
  using ganface::ErrorCode;
  ganface::cli::catch_unexpected_end(ganface::cli::exit_code(ErrorCode::kDevice));
  int code = ganface::cli::exit_code(ErrorCode::kMemory);
  try {
    code = run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("ganface: out of memory\n", stderr);
  }
  // What was said may still wait to be written.
  if (code == 0 && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)) {
    std::fputs("ganface: standard output cannot be written; free space, or redirect it elsewhere\n",
               stderr);
    code = ganface::cli::exit_code(ErrorCode::kOutput);
  }
  ganface::cli::expect_end();
  if (ganface::cli::has_abandoned_threads) {
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}
