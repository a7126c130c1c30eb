// SPDX-License-Identifier: MIT
// Owns the entry point of `ganface`: subcommands, and exit codes that a script can tell apart.
#include <ganface/error.h>
#include <malloc.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "abandoned_threads.h"
#include "commands.h"
#include "interruption.h"

namespace {

int exit_code(ganface::ErrorCode code) {
  switch (code) {
    case ganface::ErrorCode::kUsage:
    case ganface::ErrorCode::kUnsupported:
      return 2;
    case ganface::ErrorCode::kInput:
    case ganface::ErrorCode::kOutput:
      return 3;
    case ganface::ErrorCode::kModel:
      return 4;
    case ganface::ErrorCode::kDevice:
      return 5;
    case ganface::ErrorCode::kInternal:
      return 6;
  }
  return 6;
}

int run(int argc, char** argv) {
  // Activations are tens of megabytes and freed at every step: keep them in the heap, or each step
  // pays for the kernel's zeroing of fresh pages.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, -1);
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
  } catch (const ganface::Error& error) {
    std::fprintf(stderr, "ganface: %s\n", error.what());
    return ganface::cli::interrupted() ? ganface::cli::kInterrupted : exit_code(error.code());
  } catch (const std::filesystem::filesystem_error& error) {
    std::fprintf(stderr, "ganface: %s\n", error.what());
    return exit_code(ganface::ErrorCode::kInput);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ganface: unexpected: %s\n", error.what());
    return exit_code(ganface::ErrorCode::kInternal);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int code = run(argc, argv);
  if (ganface::cli::has_abandoned_threads) {
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}
