// SPDX-License-Identifier: MIT
// Measures what another photograph of the person is worth: faces of people that no network has
// seen, completed with and without it, and compared with further photographs of the same person in
// the features of lfw-features64, which tell people apart. Usage: bench-likeness
// [FOLDER_FOR_PICTURES]
#include <ATen/ATen.h>
#include <ganface/evaluation.h>
#include <ganface/holes.h>
#include <ganface/metrics.h>
#include <ganface/model_path.h>
#include <ganface/repair.h>
#include <ganface/sheet.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "eval/evaluation_references.h"
#include "models/feature_network.h"
#include "nn/runtime/device.h"
#include "nn/runtime/images.h"
#include "validation_people.h"

namespace {

using namespace ganface;

constexpr size_t kFaces = 200;
constexpr int kSide = 128, kFeatureSide = 64;
constexpr double kMostLoss = 0.3;    // dB
constexpr double kLeastShare = 0.2;  // of the likeness that a completion lacks

// A face of somebody with three photographs or more: its photograph to repair, another one to show
// beside it, and the rest to compare with.
struct Case {
  Image truth, another;
  std::vector<Image> rest;
  size_t person;
};

std::vector<Case> cases(const std::vector<std::filesystem::path>& files) {
  std::map<std::filesystem::path, std::vector<std::filesystem::path>> people;
  for (const auto& file : files) people[file.parent_path()].push_back(file);
  std::vector<Case> all;
  size_t person = 0;
  for (const auto& [folder, theirs] : people) {
    ++person;
    // Few of each, so that nobody weighs more than others.
    constexpr size_t kMostOfOne = 3, kMostRest = 8;
    for (size_t i = 0; theirs.size() > 2 && i < std::min(kMostOfOne, theirs.size()); ++i) {
      Case one;
      one.person = person;
      one.truth = repair::canonical_photograph(theirs[i], kSide);
      one.another = repair::canonical_photograph(theirs[(i + 1) % theirs.size()], kSide);
      for (size_t k = 2; k < std::min(theirs.size(), kMostRest + 2); ++k)
        one.rest.push_back(repair::canonical_photograph(theirs[(i + k) % theirs.size()], kSide));
      all.push_back(std::move(one));
    }
  }
  std::vector<Case> some;
  for (size_t i = 0; i < std::min(kFaces, all.size()); ++i)
    some.push_back(std::move(all[i * all.size() / std::min(kFaces, all.size())]));
  return some;
}

// Directions in feature space, from the middle of all faces.
class Judge {
 public:
  explicit Judge(const std::vector<Case>& cases)
      : network_(nn::load_features(find_model("lfw-features64"), nn::choose_execution("cpu"))) {
    std::vector<Image> truths;
    for (const Case& one : cases) truths.push_back(one.truth);
    middle_ = features(truths).mean(0, true);
    std::vector<at::Tensor> rest;
    for (const Case& one : cases) rest.push_back(unit(directions(one.rest).mean(0, true)));
    rest_ = at::cat(rest);
    std::vector<int64_t> people;
    for (const Case& one : cases) people.push_back(static_cast<int64_t>(one.person));
    const at::Tensor who = at::tensor(people);
    others_ = who.unsqueeze(1).ne(who.unsqueeze(0)).to(torch::kFloat32);
  }

  // How much nearer faces are to their own people's photographs than to others', of cosines.
  double likeness(const std::vector<Image>& faces) {
    const at::Tensor all = at::matmul(directions(faces), rest_.t());
    return (all.diagonal() - (all * others_).sum(1) / others_.sum(1)).mean().item<double>();
  }

 private:
  static at::Tensor unit(const at::Tensor& x) { return x / x.norm(2, 1, true).clamp_min(1e-6); }
  at::Tensor directions(const std::vector<Image>& faces) { return unit(features(faces) - middle_); }
  at::Tensor features(const std::vector<Image>& faces) {
    torch::NoGradGuard no_gradient;
    std::vector<Image> small;
    for (const Image& face : faces)
      small.push_back(resize(face.view(), kFeatureSide, kFeatureSide));
    return network_(nn::network_input(nn::stack_images(small)));
  }

  nn::FeatureNetwork network_;
  at::Tensor middle_, rest_, others_;
};

}  // namespace

int main(int count, char** arguments) {
  if (!std::filesystem::exists(bench::data())) {
    std::printf("skipped: no test data at %s\n", bench::data().c_str());
    return 77;
  }
  std::printf("%s\n", nn::instruction_set_line().c_str());
  const std::vector<Case> all = cases(bench::validation_files());
  Judge judge(all);
  const Inpainter inpainter(kDefaultCompletionModel, "auto");
  RepairOptions options;
  options.blend = Blend::kNone;
  std::vector<Image> truths, cells;
  for (const Case& one : all) truths.push_back(one.truth);
  const double most = judge.likeness(truths);
  std::printf("%zu photographs of people with three or more; likeness of their own: %.3f\n",
              all.size(), most);
  bool met = true;
  for (const char* mask : {"center", "eyes", "mouth", "half"}) {
    std::vector<Image> with, without;
    double psnr_with = 0, psnr_without = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      DamagedFace face;
      face.hole = evaluation_hole(mask, kSide, static_cast<int>(i), 1);
      face.crop = repair::without_hole(all[i].truth, face.hole);
      without.push_back(inpainter.repair({face}, options).front().repaired);
      face.photograph = all[i].another;
      with.push_back(inpainter.repair({face}, options).front().repaired);
      psnr_with += psnr(with.back(), all[i].truth, face.hole) / static_cast<double>(all.size());
      psnr_without +=
          psnr(without.back(), all[i].truth, face.hole) / static_cast<double>(all.size());
      if (i % 25 == 0)
        cells.insert(cells.end(),
                     {all[i].truth, all[i].another, face.crop, without.back(), with.back()});
    }
    const double before = judge.likeness(without), after = judge.likeness(with);
    const double share = (after - before) / (most - before);
    std::printf(
        "%s: likeness %.3f without, %.3f with it (%.0f %% of what is lacking); "
        "PSNR in the hole %.2f and %.2f dB\n",
        mask, before, after, 100 * share, psnr_without, psnr_with);
    met = met && share >= kLeastShare && psnr_with >= psnr_without - kMostLoss;
  }
  if (count > 1)
    write_png(std::filesystem::path(arguments[1]) / "likeness.png",
              contact_sheet(cells, 10).view());
  std::printf("  %s: a photograph brings %.0f %% or more of the likeness, for %.1f dB at most\n",
              met ? "met" : "MISSED", 100 * kLeastShare, kMostLoss);
  return met ? 0 : 1;
}
