// SPDX-License-Identifier: MIT
// Owns how a file comes to be beside the one that it is to replace.
#include <fcntl.h>
#include <ganface/error.h>
#include <ganface/output_file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace ganface {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel's
constexpr size_t kLongestName = 255;
constexpr int kAttempts = 100;

[[noreturn]] void refuse(const fs::path& target, const std::string& why) {
  throw Error(ErrorCode::kOutput, "cannot write '" + target.string() + "': " + why);
}

// Eight of 32 signs: a name that nobody can prepare a file or a link for.
std::string random_signs() {
  unsigned char bytes[8] = {};
  if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
    throw Error(ErrorCode::kInternal, "the system gives no random numbers");
  std::string signs;
  for (const unsigned char byte : bytes) signs += "abcdefghijklmnopqrstuvwxyz234567"[byte & 31];
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

fs::path unfinished_name(const fs::path& target) {
  const std::string ending = "." + random_signs() + target.extension().string();
  std::string stem = target.stem().string();
  const size_t room = kLongestName - 1 - std::min(kLongestName - 1, ending.size());
  stem.resize(std::min(stem.size(), room));
  return target.parent_path() / ("." + stem + ending);
}

fs::path make_unfinished(const fs::path& target) {
  struct stat before {};
  const bool replaces = ::stat(target.c_str(), &before) == 0 && S_ISREG(before.st_mode);
  for (int i = 0; i < kAttempts; ++i) {
    const fs::path path = unfinished_name(target);
    // Never more open than what it replaces, not even for a moment.
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
                            replaces ? 0600 : 0666);
    if (file < 0 && errno == EEXIST) continue;
    if (file < 0) refuse(target, std::strerror(errno));
    if (replaces) keep_mode(file, before);
    ::close(file);
    return path;
  }
  refuse(target, "no free name for a file beside it");
}

}  // namespace ganface
