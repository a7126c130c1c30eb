// SPDX-License-Identifier: MIT
// Owns the one-line progress display of the command-line tool.
#include "progress_line.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace ganface::cli {
namespace {

constexpr int kBarWidth = 24;

std::string clock_text(double seconds) {
  const auto total = static_cast<long>(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
  return text;
}

}  // namespace

ProgressLine::ProgressLine(std::string title)
    : title_(std::move(title)), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() { end(); }

void ProgressLine::show(double share, const std::string& details) {
  const auto now = Clock::now();
  const std::chrono::duration<double> interval(terminal_ ? 0.2 : 15.0);
  if (first_share_ < 0) first_share_ = share;
  if (share < 1 && now - shown_ < interval) return;
  shown_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double done = share - first_share_;
  const std::string remaining = done > 0 ? clock_text(elapsed / done * (1 - share)) : "-:--:--";
  const int filled = static_cast<int>(share * kBarWidth);
  std::fprintf(stderr, "%s%s [%s%s] %3.0f%% ETA %s  %s%s", terminal_ ? "\r\033[K" : "",
               title_.c_str(), std::string(static_cast<size_t>(filled), '#').c_str(),
               std::string(static_cast<size_t>(kBarWidth - filled), '.').c_str(), share * 100,
               remaining.c_str(), details.c_str(), terminal_ ? "" : "\n");
  std::fflush(stderr);
  open_ = terminal_;
}

void ProgressLine::end() {
  if (open_) std::fputc('\n', stderr);
  open_ = false;
}

}  // namespace ganface::cli
