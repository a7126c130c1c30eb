// SPDX-License-Identifier: MIT
// Owns the picture of a training log.
#include "train/loop/curves.h"

#include <ganface/error.h>
#include <ganface/output_file.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "train/loop/log_lines.h"

namespace ganface::train {
namespace {

namespace fs = std::filesystem;

constexpr char kTable[] = "curves.dat", kScript[] = "curves.gnuplot";

// To be run in a folder beside the picture.
void write_script(const fs::path& script, const fs::path& picture, bool reconstruction) {
  std::ofstream(script) << "set terminal pngcairo size 1000," << (reconstruction ? 1000 : 700)
                        << "\nset output '../" << picture.filename().string() << "'\nset grid\n"
                        << "set lmargin 10\nset rmargin 20\nset multiplot layout "
                        << (reconstruction ? 3 : 2) << ",1\n"
                        << "set key outside right\nset ylabel 'value of the game'\n"
                        << "plot '" << kTable << "' using 1:2 with lines title 'V', '" << kTable
                        << "' using 1:3 with lines title 'JS estimate', -log(4) dashtype 2 title "
                           "'-log 4', log(2) dashtype 2 title 'log 2'\n"
                        << "set ylabel 'mean score'\nset yrange [0:1]\n"
                        << (reconstruction ? "" : "set xlabel 'epoch'\n") << "plot '" << kTable
                        << "' using 1:4 with lines title 'D(x)', '" << kTable
                        << "' using 1:5 with lines title 'D(G(z))'\n";
  if (reconstruction)
    std::ofstream(script, std::ios::app)
        << "set ylabel 'reconstruction'\nset yrange [0:*]\nset xlabel 'epoch'\nplot '" << kTable
        << "' using 1:6 with lines title 'encoder'\n";
}

// Exit status of gnuplot run in `folder`; -1 when it cannot be started.
int run_gnuplot(const fs::path& folder) {
  // A shell changes the folder, so that no path needs quoting within gnuplot.
  const std::string command = "cd \"$1\" && exec gnuplot \"$2\" >/dev/null 2>&1";
  std::vector<std::string> words{"sh", "-c", command, "sh", folder.string(), kScript};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments.data(), environ) != 0) return -1;
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

std::string draw_curves(const fs::path& log, const fs::path& picture) {
  int status = -1;
  std::optional<Unfinished> scratch;
  try {
    scratch = Unfinished::folder(picture.has_parent_path() ? picture.parent_path() : fs::path("."));
    core::write_atomically(picture, [&](const fs::path& temporary) {
      const bool reconstruction = write_table(log, scratch->path() / kTable);
      write_script(scratch->path() / kScript, temporary, reconstruction);
      status = run_gnuplot(scratch->path());
      if (status != 0) throw Error(ErrorCode::kOutput, "gnuplot failed");
    });
  } catch (const Error&) {
  }
  std::error_code ignored;
  if (scratch) fs::remove_all(scratch->path(), ignored);
  if (status == 0) return {};
  return std::string("'") + picture.string() + "' was not drawn: " +
         (status == 127 ? "gnuplot is not installed (apt-get install gnuplot-nox)"
                        : "gnuplot failed with status " + std::to_string(status));
}

}  // namespace ganface::train
