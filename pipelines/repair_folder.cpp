// SPDX-License-Identifier: MIT
// Owns the repair of a folder of images, several at a time.
#include "repair_folder.h"

#include <ganface/error.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <ganface/current_error.h>
#include "media/conversion.h"
#include "media/kept_model.h"
#include "media/process_limits.h"
#include "picture_colours.h"
#include "process_end.h"
#include "unfinished_file.h"
#include "untouched_file.h"

namespace ganface::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> images_below(const RepairJob& job, RepairDisplay& display) {
  std::vector<fs::path> images;
  size_t others = 0;
  std::error_code error, ignored;
  const fs::path out = fs::weakly_canonical(job.out, error);
  fs::recursive_directory_iterator entry(job.in, fs::directory_options::skip_permission_denied,
                                         error);
  for (; !error && entry != fs::end(entry); entry.increment(error)) {
    const bool hidden = entry->path().filename().string().rfind('.', 0) == 0;
    const bool folder = entry->is_directory(ignored);
    // OUT may lie in IN; its images are results.
    const bool result = folder && fs::weakly_canonical(entry->path(), ignored) == out;
    if (hidden || result) {
      if (folder) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file(ignored)) continue;
    if (media::is_image_name(entry->path().string()))
      images.push_back(entry->path().lexically_relative(job.in));
    else
      ++others;
  }
  if (error) throw Error(ErrorCode::kInput, "folder '" + job.in + "': " + error.message());
  if (images.empty()) throw Error(ErrorCode::kInput, "folder '" + job.in + "' holds no image");
  if (others > 0)
    display.note("'" + job.in + "': " + std::to_string(others) +
                 " files that are no images are left out");
  std::sort(images.begin(), images.end());
  return images;
}

// Options, the model and the device are the same for all images.
bool concerns_one_image(const Error& error) {
  return error.code() != ErrorCode::kUsage && error.code() != ErrorCode::kModel &&
         error.code() != ErrorCode::kDevice;
}

// A run that ends at its first image has made OUT for nothing. Folders that hold a file stay.
void remove_if_empty(const fs::path& folder) {
  std::error_code error, ignored;
  std::vector<fs::path> below;
  for (fs::recursive_directory_iterator entry(folder, error); !error && entry != fs::end(entry);
       entry.increment(error))
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) below.push_back(entry->path());
  for (auto path = below.rbegin(); path != below.rend(); ++path) fs::remove(*path, ignored);
  fs::remove(folder, ignored);
}

bool exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// The images of a folder, shared by the threads that take them one by one.
class FolderRepair {
 public:
  FolderRepair(const RepairJob& job, RepairDisplay& display)
      : job_(job),
        display_(display),
        images_(images_below(job, display)),
        model_(*job.options),
        hands_on_(cli::hands_on(job)),
        makes_out_(!exists(job.out)),
        lines_(images_.size()) {}

  RepairTotals run(ReportFile* report) {
    work_together(threads_to_use());
    if (stopped_by_) {
      if (makes_out_) remove_if_empty(job_.out);
      std::rethrow_exception(stopped_by_);
    }
    if (report != nullptr) {
      for (const std::vector<std::string>& lines : lines_)
        for (const std::string& line : lines) report->add(line);
      report->close();
      report->commit();
    }
    if (failed_ > 0)
      throw Error(ErrorCode::kInput, std::to_string(failed_) + " of " +
                                         std::to_string(images_.size()) + " images of '" + job_.in +
                                         "' failed; the others are in '" + job_.out + "'");
    return {images_.size(), faces_, images_.size(), copied_, job_.out};
  }

 private:
  size_t threads_to_use() {
    const auto wanted = static_cast<int>(std::min(static_cast<size_t>(job_.jobs), images_.size()));
    const int count = media::conversions_at_a_time(wanted, job_.in);
    if (count < wanted)
      display_.note("of " + std::to_string(wanted) + " images at a time (--jobs), " +
                    std::to_string(count) +
                    " can be repaired under the limits of open files (ulimit -n) and processes "
                    "(ulimit -u)");
    return static_cast<size_t>(count);
  }

  void work_together(size_t count) {
    struct Threads : std::vector<std::thread> {
      ~Threads() {
        for (std::thread& thread : *this) thread.join();
      }
    } threads;
    try {
      threads.reserve(count);
      while (threads.size() + 1 < count) threads.emplace_back([this] { work(); });
    } catch (...) {
      const Error error = current_error();
      display_.note("of " + std::to_string(count) + " threads of --jobs, " +
                    std::to_string(threads.size() + 1) + " can be started: " + error.what());
    }
    work();
  }

  void work() {
    try {
      repair_images();
    } catch (...) {
      stop(std::current_exception());
    }
  }

  void repair_images() {
    for (size_t i; !stopped_ && (i = next_++) < images_.size();) {
      try {
        repair_image(i);
      } catch (...) {
        const Error error = current_error();
        if (concerns_one_image(error)) {
          ++failed_;
          say_of(images_[i], error);
        } else {
          stop(std::current_exception());
        }
      }
      const size_t done = ++done_;
      display_.progress(static_cast<double>(done) / static_cast<double>(images_.size()), done,
                        faces_repaired());
    }
  }

  void repair_image(size_t number) {
    const fs::path& image = images_[number];
    const fs::path out = fs::path(job_.out) / image;
    std::error_code error;
    fs::create_directories(out.parent_path(), error);
    media::ConversionRequest request;
    request.names = {(fs::path(job_.in) / image).string(), out.string()};
    request.options = job_.options;
    request.preview = job_.preview;
    request.is_one_of_many = true;
    request.format = &media::format_of(out.string());
    UnfinishedFile unfinished(out);
    request.write_to = unfinished.path().string();
    std::vector<std::string> lines;
    FrameLog log([&](uint64_t) { return request.names.input; },
                 [&](const std::string& line) { lines.push_back(line); });
    OneOfMany observer(display_, log);
    const media::ConvertedFile end = media::convert(request, observer);
    leave_if_interrupted();
    const bool copied =
        hands_on_ && is_untouched(log, end) &&
        copy_untouched(request.names.input, *request.format, unfinished.path(), out);
    if (!copied) {
      note_if_any(keep_colours(request.names.input, unfinished.path()));
      for (const std::string& loss : end.losses) note_if_any(loss);
    }
    unfinished.commit();
    copied_ += copied;
    lines_[number] = std::move(lines);
    const std::lock_guard lock(mutex_);
    faces_.found += end.faces.found;
    faces_.repaired += end.faces.repaired;
    faces_.left_alone += end.faces.left_alone;
    faces_.late += end.faces.late;
  }

  void say_of(const fs::path& image, const Error& error) {
    const std::string what = error.what();
    const std::string name = (fs::path(job_.in) / image).string();
    const bool is_named = what.find(image.string()) != std::string::npos;
    display_.say(is_named ? what : "'" + name + "': " + what);
  }

  void note_if_any(const std::string& note) {
    if (!note.empty()) display_.note(note);
  }

  uint64_t faces_repaired() {
    const std::lock_guard lock(mutex_);
    return faces_.repaired;
  }

  // The bar counts images, not the progress of one.
  class OneOfMany : public media::ConversionObserver {
   public:
    OneOfMany(RepairDisplay& display, FrameLog& log) : display_(display), log_(log) {}
    void progressed(const media::ConversionState&) override { leave_if_interrupted(); }
    void reported(const GstStructure* report) override { log_.add(report); }
    void noted(const std::string& note) override { display_.note(note); }

   private:
    RepairDisplay& display_;
    FrameLog& log_;
  };

  void stop(std::exception_ptr error) {
    if (!stopped_.exchange(true)) stopped_by_ = std::move(error);
  }

  const RepairJob& job_;
  RepairDisplay& display_;
  const std::vector<fs::path> images_;
  const media::KeptModel model_;
  const bool hands_on_;   // images in which nothing was repaired
  const bool makes_out_;  // which did not exist
  std::atomic<size_t> next_{0}, done_{0}, failed_{0}, copied_{0};
  std::vector<std::vector<std::string>> lines_;  // of the report; each of one thread
  std::mutex mutex_;                             // of faces_
  media::FaceCounts faces_;
  std::atomic<bool> stopped_{false};
  std::exception_ptr stopped_by_;  // read after the threads have ended
};

}  // namespace

RepairTotals repair_folder(const RepairJob& job, RepairDisplay& display, ReportFile* report) {
  std::error_code error;
  if (fs::exists(job.out, error) && !fs::is_directory(job.out, error))
    throw Error(ErrorCode::kOutput,
                "'" + job.out + "' is a file; expected a folder, since IN is one");
  return FolderRepair(job, display).run(report);
}

}  // namespace ganface::cli
