// SPDX-License-Identifier: MIT
// Owns output that is not complete yet: hidden, and gone when the command fails, is interrupted or
// is ended by a library.
#include "unfinished_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <ganface/error.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <mutex>
#include <new>
#include <set>
#include <utility>
#include <vector>

#include "interruption.h"

namespace ganface::cli {
namespace {

namespace fs = std::filesystem;

// Everything unfinished in the process. Whoever leaves it holds the lock to the end, so that no
// other thread begins or completes a file after the removal.
struct Registry {
  std::mutex mutex;
  std::set<fs::path> paths;
};

// There as long as any thread is.
Registry& registry() {
  static Registry& everything = *new Registry;
  return everything;
}

// The same once more, for the handler of a signal, which may take neither locks nor memory. The
// names are those in the registry; what finds no place stays behind when the process is ended.
std::array<std::atomic<const char*>, 512> names;
std::atomic<bool> end_is_expected{true};
int code_of_unexpected_end = 0;

// What cannot be noted is removed. Under the registry's lock.
void begin(const fs::path& path) {
  const char* name = nullptr;
  try {
    name = registry().paths.insert(path).first->c_str();
  } catch (...) {
    ::remove(path.c_str());
    throw;
  }
  for (std::atomic<const char*>& place : names) {
    const char* nothing = nullptr;
    if (place.compare_exchange_strong(nothing, name)) return;
  }
}

// Whether it was there. Under the registry's lock.
bool end(const fs::path& path) {
  const auto found = registry().paths.find(path);
  if (found == registry().paths.end()) return false;
  for (std::atomic<const char*>& place : names)
    if (place == found->c_str()) place = nullptr;
  registry().paths.erase(found);
  return true;
}

// opendir() takes memory.
void remove_folder_at_once(const char* name) {
  const int folder = ::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  alignas(dirent64) static char entries[1 << 16];
  for (long size; (size = ::syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0;)
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      ::unlinkat(folder, entry->d_name, 0);
      at += entry->d_reclen;
    }
  ::close(folder);
  ::rmdir(name);
}

void remove_everything_at_once() {
  for (const std::atomic<const char*>& place : names) {
    const char* name = place;
    if (name != nullptr && ::unlink(name) != 0 && errno == EISDIR) remove_folder_at_once(name);
  }
}

// The signal comes again when this returns, and ends the process as it would have.
void leave_by_signal(int number) {
  remove_everything_at_once();
  ::raise(number);
}

void say(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

Error cannot_write(const fs::path& target, const std::string& why) {
  return Error(ErrorCode::kOutput, "cannot write '" + target.string() + "': " + why);
}

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

void check_folder(const fs::path& folder, const fs::path& target) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw cannot_write(target, "folder '" + folder.string() + "' does not exist; create it first");
}

// The data must be on the disk before the name is, or a power cut leaves an empty file.
void write_through(const fs::path& path, const fs::path& target) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool written = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written) throw cannot_write(target, std::strerror(error));
}

void rename_over(const fs::path& path, const fs::path& target) {
  std::error_code error;
  fs::rename(path, target, error);
  if (error) throw cannot_write(target, error.message());
}

void remove_unfinished(const fs::path& path) {
  std::error_code error;
  // Under another name first: a sink that is still running makes no file in it then.
  const fs::path doomed = path.string() + ".removed";
  fs::rename(path, doomed, error);
  fs::remove_all(error ? path : doomed, error);
}

}  // namespace

UnfinishedFile::UnfinishedFile(const fs::path& target) : target_(link_end(target)) {
  check_folder(folder_of(target_), target_);
  const std::lock_guard lock(registry().mutex);
  unfinished_ = Unfinished::file(target_);
  begin(path());
}

UnfinishedFile::~UnfinishedFile() {
  const std::lock_guard lock(registry().mutex);
  if (end(path())) remove_unfinished(path());
}

void UnfinishedFile::commit() {
  write_through(path(), target_);
  const std::lock_guard lock(registry().mutex);
  rename_over(path(), target_);
  end(path());
}

UnfinishedFolder::UnfinishedFolder(fs::path target) : target_(std::move(target)) {
  check_folder(target_, target_);
  const std::lock_guard lock(registry().mutex);
  unfinished_ = Unfinished::folder(target_);
  begin(path());
}

UnfinishedFolder::~UnfinishedFolder() {
  const std::lock_guard lock(registry().mutex);
  if (end(path())) remove_unfinished(path());
}

void UnfinishedFolder::commit() {
  for (const fs::directory_entry& entry : fs::directory_iterator(path()))
    write_through(entry.path(), target_ / entry.path().filename());
  const std::lock_guard lock(registry().mutex);
  for (const fs::directory_entry& entry : fs::directory_iterator(path())) {
    const fs::path target = link_end(target_ / entry.path().filename());
    std::error_code error;
    const fs::file_status there = fs::status(target, error);
    if (fs::is_regular_file(there)) fs::permissions(entry.path(), there.permissions(), error);
    rename_over(entry.path(), target);
  }
}

void copy_contents(const fs::path& from, const fs::path& to, const fs::path& target) {
  errno = 0;
  std::ifstream source(from, std::ios::binary);
  if (!source)
    throw Error(ErrorCode::kInput,
                "'" + from.string() + "' cannot be read: " + std::strerror(errno));
  std::ofstream copy(to, std::ios::binary | std::ios::trunc);
  std::vector<char> bytes(1 << 20);
  while (copy && source) {
    leave_if_interrupted();
    source.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    copy.write(bytes.data(), source.gcount());
  }
  if (source.bad())
    throw Error(ErrorCode::kInput,
                "'" + from.string() + "' cannot be read: " + std::strerror(errno));
  copy.close();
  if (copy.fail()) throw cannot_write(target, std::strerror(errno));
}

void leave(const char* why, int code) {
  say("ganface: ");
  say(why);
  say("\n");
  remove_everything_at_once();
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
  registry().mutex.lock();
  for (const fs::path& path : registry().paths) remove_unfinished(path);
  std::fflush(nullptr);
  std::_Exit(kInterrupted);
}

}  // namespace ganface::cli
