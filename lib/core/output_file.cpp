// SPDX-License-Identifier: MIT
// Owns how a file comes to be beside the one that it is to replace.
#include <fcntl.h>
#include <ganface/error.h>
#include <ganface/output_file.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace ganface {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel's
constexpr size_t kLongestName = 255;
constexpr int kAttempts = 100;
constexpr char kMark[] = ".ganface-";  // no file that people name has it, and signs behind it
constexpr char kSigns[] = "abcdefghijklmnopqrstuvwxyz234567";
constexpr size_t kRandomSigns = 8;

[[noreturn]] void refuse(const fs::path& target, const std::string& why) {
  throw Error(ErrorCode::kOutput, "cannot write '" + target.string() + "': " + why);
}

// Of 32 signs: a name that nobody can prepare a file or a link for.
std::string random_signs() {
  unsigned char bytes[kRandomSigns] = {};
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    throw Error(ErrorCode::kInternal, "the system gives no random numbers");
  std::string signs;
  for (const unsigned char byte : bytes) signs += kSigns[byte & 31];
  return signs;
}

// The permissions and the owner of what stands there.
void keep_mode(int file, const struct stat& before) {
  mode_t mode = before.st_mode & 0777;
  struct stat made {};
  const bool same =
      ::fstat(file, &made) == 0 && made.st_uid == before.st_uid && made.st_gid == before.st_gid;
  // What one group may read is nothing for another.
  if (!same && ::fchown(file, before.st_uid, before.st_gid) != 0) mode &= 0707;
  ::fchmod(file, mode);
}

bool is_unfinished_name(const std::string& name) {
  if (name[0] != '.') return false;
  const size_t mark = name.rfind(kMark);
  if (mark == std::string::npos) return false;
  const size_t begin = mark + sizeof kMark - 1, end = begin + kRandomSigns;
  return name.size() >= end && name.find_first_not_of(kSigns, begin) >= end &&
         (name.size() == end || name[end] == '.');
}

fs::path unfinished_name(const fs::path& target) {
  const std::string ending = kMark + random_signs() + target.extension().string();
  std::string stem = target.stem().string();
  const size_t room = kLongestName - 1 - std::min(kLongestName - 1, ending.size());
  stem.resize(std::min(stem.size(), room));
  return target.parent_path() / ("." + stem + ending);
}

// False when another process took it for left behind before it was locked. Where a file system has
// no locks nothing is ever taken for that.
bool lock(int file, const fs::path& path) {
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  struct stat held {
  }, named{};
  return ::fstat(file, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

// Once a process and folder: it is one reading of the folder.
void clean_once(const fs::path& folder) {
  static std::mutex mutex;
  static std::set<fs::path> cleaned;
  const std::lock_guard<std::mutex> guard(mutex);
  std::error_code error;
  if (cleaned.insert(fs::weakly_canonical(folder, error)).second) remove_left_behind(folder);
}

}  // namespace

fs::path link_end(const fs::path& target) {
  fs::path end = target;
  std::error_code error;
  for (int links = 0; fs::is_symlink(end, error); ++links) {
    if (links == kMostLinks) refuse(target, "its links go round");
    const fs::path next = fs::read_symlink(end, error);
    if (error) refuse(target, error.message());
    end = next.is_absolute() ? next : end.parent_path() / next;
  }
  const fs::file_status there = fs::status(end, error);
  if (fs::exists(there) && !fs::is_regular_file(there) && !fs::is_directory(there))
    refuse(target, "it is a pipe, a device or a socket; name a file");
  return end;
}

Unfinished::Unfinished(fs::path path, int lock) : path_(std::move(path)), lock_(lock) {}

Unfinished::Unfinished(Unfinished&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

Unfinished& Unfinished::operator=(Unfinished&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

Unfinished::~Unfinished() {
  if (lock_ >= 0) ::close(lock_);
}

Unfinished Unfinished::file(const fs::path& target) {
  clean_once(target.has_parent_path() ? target.parent_path() : fs::path("."));
  struct stat before {};
  const bool replaces = ::stat(target.c_str(), &before) == 0 && S_ISREG(before.st_mode);
  for (int i = 0; i < kAttempts; ++i) {
    fs::path path = unfinished_name(target);
    // Never more open than what it replaces, not even for a moment.
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
                            replaces ? 0600 : 0666);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) refuse(target, std::strerror(errno));
    Unfinished made(std::move(path), file);  // takes no memory: what is made has its owner
    if (!lock(file, made.path())) continue;
    if (replaces) keep_mode(file, before);
    return made;
  }
  refuse(target, "no free name for a file beside it");
}

Unfinished Unfinished::folder(const fs::path& parent) {
  clean_once(parent);
  for (int i = 0; i < kAttempts; ++i) {
    fs::path path = parent / (kMark + random_signs());
    if (::mkdir(path.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      refuse(parent, std::strerror(errno));
    }
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0 && errno == ENOENT) continue;  // taken for left behind
    if (folder < 0) {
      const int cause = errno;
      ::rmdir(path.c_str());
      refuse(parent, std::strerror(cause));
    }
    Unfinished made(std::move(path), folder);
    if (lock(folder, made.path())) return made;
  }
  refuse(parent, "no free name for a folder in it");
}

void remove_left_behind(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!is_unfinished_name(entry->path().filename().string())) continue;
    const int file = ::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) continue;
    struct stat found {};
    const bool is_ours = ::fstat(file, &found) == 0 &&
                         (found.st_uid == ::geteuid() || ::geteuid() == 0) &&
                         (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
    std::error_code ignored;
    if (is_ours && ::flock(file, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry->path(), ignored);
    ::close(file);
  }
}

}  // namespace ganface
