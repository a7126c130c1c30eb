// SPDX-License-Identifier: MIT
// Owns the loaded models that several users in a process share.
#include <ganface/model_path.h>
#include <ganface/shared_inpainter.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <tuple>

namespace ganface {

std::shared_ptr<SharedInpainter> SharedInpainter::acquire(const std::string& model,
                                                          const std::string& device) {
  // A file that was replaced since is another model.
  using Key = std::tuple<std::string, std::filesystem::file_time_type, std::string>;
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<SharedInpainter>> loaded;

  const std::filesystem::path file = find_model(model);
  std::error_code unreadable;  // is told by the loader
  const Key key{file.string(), std::filesystem::last_write_time(file, unreadable), device};
  const std::lock_guard lock(mutex);
  for (auto entry = loaded.begin(); entry != loaded.end();)
    entry = entry->second.expired() ? loaded.erase(entry) : std::next(entry);
  std::shared_ptr<SharedInpainter> shared = loaded[key].lock();
  if (shared == nullptr) {
    shared = std::make_shared<SharedInpainter>(file.string(), device);
    loaded[key] = shared;
  }
  return shared;
}

std::vector<RepairedFace> SharedInpainter::repair(const std::vector<DamagedFace>& faces,
                                                  const RepairOptions& options,
                                                  const StopCondition& stop) {
  const std::lock_guard lock(mutex_);
  return inpainter_.repair(faces, options, stop);
}

}  // namespace ganface
