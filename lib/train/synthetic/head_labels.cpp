// SPDX-License-Identifier: MIT
// Owns what is known of the heads of training pictures: outlines, landmarks, poses.
#include "train/synthetic/head_labels.h"

#include <ganface/error.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/json_text.h"

namespace ganface::train {
namespace {

constexpr char kLabels[] = "heads.jsonl";
constexpr char kNothing[] = "nothing";
constexpr char kHands[] = "hands";
constexpr char kObjects[] = "objects";

RealCutout cutout_of(const std::filesystem::path& file) {
  const Image both = read_image(file);
  const int side = both.width / 2;
  RealCutout cutout{crop(both.view(), 0, 0, side, both.height), Image(side, both.height, 1)};
  for (int y = 0; y < both.height; ++y)
    for (int x = 0; x < side; ++x) cutout.mask.row(y)[x] = both.row(y)[3 * (side + x)];
  return cutout;
}

std::vector<RealCutout> cutouts_in(const std::filesystem::path& folder) {
  std::vector<RealCutout> cutouts;
  if (std::filesystem::exists(folder))
    for (const std::filesystem::path& file : list_images(folder))
      cutouts.push_back(cutout_of(file));
  return cutouts;
}

// Throws for what no picture has: pixels and degrees are far below.
float number_of(const nlohmann::json& value) {
  constexpr double kMost = 1e6;
  const auto number = value.get<double>();
  if (!(std::abs(number) <= kMost))
    throw Error(ErrorCode::kInput, "it holds the number " + value.dump() +
                                       ", expected numbers from -1000000 to 1000000");
  return static_cast<float>(number);
}

std::vector<Spot> spots_of(const nlohmann::json& list) {
  std::vector<Spot> spots;
  for (const nlohmann::json& point : list)
    spots.push_back({number_of(point.at(0)), number_of(point.at(1))});
  return spots;
}

// As the property occluders names them, in the order of OccluderKind.
constexpr const char* kKindNames[kOccluderKindCount] = {"hand", "object", "medical-mask", "mark",
                                                        "sunglasses"};

OccluderKind kind_of(const std::string& name) {
  for (int i = 0; i < kOccluderKindCount; ++i)
    if (name == kKindNames[i]) return static_cast<OccluderKind>(i);
  throw Error(ErrorCode::kInput, "nothing of the kind '" + name + "' covers faces");
}

HeadLabel label_of(const nlohmann::json& line) {
  HeadLabel label;
  label.points = spots_of(line.at("points"));
  if (label.points.size() != HeadLabel::kPoints)
    throw Error(ErrorCode::kInput, "it holds " + std::to_string(label.points.size()) +
                                       " points, expected " + std::to_string(HeadLabel::kPoints));
  label.yaw = number_of(line.at("yaw"));
  label.pitch = number_of(line.at("pitch"));
  if (line.contains("covers"))
    for (const nlohmann::json& cover : line.at("covers"))
      label.covers.push_back(
          {kind_of(cover.at("kind").get<std::string>()), spots_of(cover.at("outline"))});
  return label;
}

}  // namespace

std::vector<Spot> moved(const std::vector<Spot>& points, const Similarity& map) {
  std::vector<Spot> there;
  for (const Spot& point : points) there.push_back(map(point));
  return there;
}

std::vector<Spot> HeadLabel::moved(const Similarity& map) const {
  return train::moved(points, map);
}

std::vector<Spot> HeadLabel::oval(const Similarity& map) const {
  std::vector<Spot> outline = moved(map);
  outline.resize(kOval);
  return outline;
}

bool LabelledHeads::are_in(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / kLabels);
}

LabelledHeads LabelledHeads::read(const std::filesystem::path& folder) {
  LabelledHeads heads;
  const std::filesystem::path file = folder / kLabels;
  std::ifstream stream(file);
  if (!stream) throw Error(ErrorCode::kInput, "cannot read '" + file.string() + "'");
  int number = 0;
  for (std::string text; std::getline(stream, text);) {
    ++number;
    const auto refuse = [&](const std::string& what) {
      throw Error(ErrorCode::kInput, "line " + std::to_string(number) + " of '" + file.string() +
                                         "' is no head's label: " + what);
    };
    try {
      const nlohmann::json line = nlohmann::json::parse(text);
      heads.labels.push_back(label_of(line));
      heads.files.push_back(folder / line.at("file").get<std::string>());
    } catch (const nlohmann::json::exception& cause) {
      refuse(core::json_error(cause));
    } catch (const std::exception& cause) {
      refuse(cause.what());
    }
  }
  if (stream.bad())
    throw Error(ErrorCode::kInput, "cannot read '" + file.string() + "' to its end");
  if (heads.files.empty()) throw Error(ErrorCode::kInput, "'" + file.string() + "' holds no head");
  if (std::filesystem::exists(folder / kNothing)) heads.nothing = list_images(folder / kNothing);
  heads.hands = cutouts_in(folder / kHands);
  heads.objects = cutouts_in(folder / kObjects);
  return heads;
}

void fill_polygon(Image& mask, const std::vector<Spot>& corners, uint8_t value) {
  std::vector<float> crossings;
  for (int y = 0; y < mask.height; ++y) {
    const float level = static_cast<float>(y) + 0.5f;
    crossings.clear();
    for (size_t i = 0; i < corners.size(); ++i) {
      const Spot &a = corners[i], &b = corners[(i + 1) % corners.size()];
      if ((a.y <= level) == (b.y <= level)) continue;
      crossings.push_back(a.x + (level - a.y) / (b.y - a.y) * (b.x - a.x));
    }
    std::sort(crossings.begin(), crossings.end());
    for (size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const auto column = [&](float x) {
        return static_cast<int>(
            std::clamp(std::ceil(x - 0.5f), 0.f, static_cast<float>(mask.width)));
      };
      std::fill(mask.row(y) + column(crossings[i]),
                mask.row(y) + std::max(column(crossings[i]), column(crossings[i + 1])), value);
    }
  }
}

}  // namespace ganface::train
