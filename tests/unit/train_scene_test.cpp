// SPDX-License-Identifier: MIT
// Tests of the synthetic pictures that detector, aligner and segmenter learn from, and of the
// training itself.
#include <ganface/error.h>
#include <ganface/face_generator.h>
#include <ganface/facemask_training.h>
#include <gtest/gtest.h>

#include <fstream>

#include "models/face_networks.h"
#include "temporary_folder.h"
#include "train/facemask/hard_negatives.h"
#include "train/facemask/relabelled_faces.h"
#include "train/synthetic/degradation.h"
#include "train/synthetic/face_scenes.h"
#include "train/synthetic/occluder.h"
#include "train/synthetic/worn_things.h"

namespace ganface::train {
namespace {

constexpr char kModel[] = "lfw-facemask";

// Photographs whose canonical crop is red on a blue ground.
void write_photographs(const std::filesystem::path& folder, int count) {
  for (int i = 0; i < count; ++i) {
    Image photograph(kPhotographSide, kPhotographSide, 3);
    for (int y = 0; y < kPhotographSide; ++y)
      for (int x = 0; x < kPhotographSide; ++x) {
        const auto inside = [](int p) { return p >= kCropBegin && p < kCropBegin + kCropSide; };
        const bool is_face = inside(x) && inside(y);
        set_pixel(photograph, x, y,
                  is_face ? Rgb{200, 30.f + static_cast<float>(i), 30} : Rgb{30, 30, 200});
      }
    write_png(folder / (std::to_string(i) + ".png"), photograph.view());
  }
}

bool is_red(const Image& picture, Spot p) {
  const int x = static_cast<int>(p.x), y = static_cast<int>(p.y);
  if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) return false;
  const Rgb colour = pixel(picture, x, y);
  return colour[0] > colour[2] + 15;
}

TEST(Scene, SimilaritiesInvertAndChain) {
  const Similarity map = Similarity::about({3, 4}, {10, -2}, 2.5f, 0.7f);
  const Spot moved = map({3, 4});
  EXPECT_NEAR(moved.x, 10, 1e-4);
  EXPECT_NEAR(moved.y, -2, 1e-4);
  EXPECT_NEAR(map.scale(), 2.5, 1e-5);
  const Spot back = map.inverse().after(map)({7, -9});
  EXPECT_NEAR(back.x, 7, 1e-4);
  EXPECT_NEAR(back.y, -9, 1e-4);
}

TEST(Scene, FacesAreWhereTheTruthSays) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 4);
  const Photographs photographs(folder.path());
  const FaceScenes scenes(photographs);
  int inside = 0, outside = 0, faces = 0;
  for (uint64_t seed = 0; seed < 150; ++seed) {
    Random random(seed);
    const FaceScene scene = scenes.scene(128, random);
    for (const FaceScene::Face& face : scene.faces) {
      const float side = std::hypot(face.square.edge.x, face.square.edge.y);
      if (face.is_doubtful || side < 25) continue;
      ++faces;
      const auto at = [&](float u, float v) {
        return Spot{face.square.centre.x + u * face.square.edge.x - v * face.square.edge.y,
                    face.square.centre.y + u * face.square.edge.y + v * face.square.edge.x};
      };
      // Near the upper left and the lower right corner, just inside and just outside.
      inside += is_red(scene.picture, at(-0.42f, -0.4f)) + is_red(scene.picture, at(0.42f, 0.4f));
      outside += is_red(scene.picture, at(-0.58f, -0.4f)) + is_red(scene.picture, at(0.42f, 0.6f));
    }
  }
  // Occluders, other faces and the cut of a head's outline hide some corners.
  ASSERT_GT(faces, 60);
  EXPECT_GT(inside, 1.1 * faces);
  EXPECT_LT(outside, 0.35 * faces);
}

// Labels for photographs `names` whose faces are round, and one picture without a face.
void write_labels(const std::filesystem::path& folder, const std::vector<std::string>& names) {
  std::ofstream labels(folder / "heads.jsonl");
  for (const std::string& name : names) {
    labels << "{\"file\": \"" << name << "\", \"yaw\": 20, \"pitch\": -5, \"points\": [";
    for (size_t i = 0; i < HeadLabel::kOval; ++i) {
      const double angle = 6.2831853 * static_cast<double>(i) / HeadLabel::kOval;
      labels << "[" << 125 + 50 * std::sin(angle) << ", " << 125 - 60 * std::cos(angle) << "], ";
    }
    labels
        << "[125, 110], [125, 120], [125, 135], [100, 140], [150, 140], [104, 113], [146, 113]]}\n";
  }
  std::filesystem::create_directories(folder / "nothing");
  write_png(folder / "nothing" / "0.png", Image(kPhotographSide, kPhotographSide, 3, 90).view());
}

// Scenes of labelled photographs in a temporary folder.
struct LabelledScenes {
  testing::TemporaryFolder folder;
  LabelledHeads heads;
  std::optional<Photographs> photographs;
  std::optional<FaceScenes> scenes;

  LabelledScenes() {
    write_photographs(folder.path(), 3);
    std::vector<std::string> names;
    for (const std::filesystem::path& file : list_images(folder.path()))
      names.push_back(std::filesystem::relative(file, folder.path()).string());
    write_labels(folder.path(), names);
    heads = LabelledHeads::read(folder.path());
    photographs.emplace(heads.files);
    scenes.emplace(*photographs, std::vector<Similarity>{}, heads);
  }
};

TEST(Scene, ASeedGivesTheSamePictures) {
  const LabelledScenes labelled;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Random first(seed), second(seed), other(seed + 1000);
    const HeadSample sample = labelled.scenes->head_sample(first);
    EXPECT_EQ(sample.crop.pixels, labelled.scenes->head_sample(second).crop.pixels);
    EXPECT_NE(sample.crop.pixels, labelled.scenes->head_sample(other).crop.pixels);
  }
}

TEST(Scene, AHeadsOvalIsWhereItsLabelPutsItAndOccludersHaveKinds) {
  const LabelledScenes labelled;
  constexpr int kSide = nn::kSegmenterSize;
  int faces = 0, mirrored = 0;
  std::vector<int> kinds(256);
  for (uint64_t seed = 0; seed < 120; ++seed) {
    Random random(seed);
    const HeadSample sample = labelled.scenes->head_sample(random);
    ASSERT_EQ(sample.crop.width, kSide);
    if (!sample.is_face) continue;
    ++faces;
    mirrored += sample.yaw == -20;
    EXPECT_EQ(std::abs(sample.yaw), 20);
    const auto area = std::count(sample.oval.pixels.begin(), sample.oval.pixels.end(), 255);
    // An ellipse of 50 x 60 pixels where the head crop has 192, give or take the aligner's errors.
    const double expected = 3.14159 * 50 * 60 * std::pow(kSide / 192.0, 2);
    EXPECT_GT(area, 0.75 * expected) << seed;
    EXPECT_LT(area, 1.35 * expected) << seed;
    EXPECT_EQ(sample.oval.row(kSide / 2)[kSide / 2], 255);
    for (const uint8_t kind : sample.kinds.pixels) ++kinds[kind];
  }
  EXPECT_GT(faces, 90);
  EXPECT_GT(mirrored, 30);
  EXPECT_LT(mirrored, faces - 30);
  for (size_t kind = 0; kind <= kOccluderKindCount; ++kind) EXPECT_GT(kinds[kind], 500) << kind;
  EXPECT_GT(kinds[HeadSample::kUnknown], 500);
}

// One labelled photograph, before whose face this cover is.
void write_covered(const std::filesystem::path& folder, const std::string& cover) {
  write_photographs(folder, 1);
  write_labels(folder, {"0.png"});
  std::string line;
  std::getline(std::ifstream(folder / "heads.jsonl"), line);
  line.pop_back();
  std::ofstream(folder / "heads.jsonl") << line << ", \"covers\": [" << cover << "]}\n";
}

TEST(Scene, ARealCoverIsReadAndLabelledWithinItsOutline) {
  const testing::TemporaryFolder folder;
  write_covered(
      folder.path(),
      R"({"kind": "object", "outline": [[110, 150], [140, 150], [140, 180], [110, 180]]})");
  const LabelledHeads heads = LabelledHeads::read(folder.path());
  ASSERT_EQ(heads.labels[0].covers.size(), 1u);
  EXPECT_EQ(heads.labels[0].covers[0].kind, OccluderKind::kObject);
  const Photographs photographs(heads.files);
  // Put before a grey head whose crop is the photograph, it lies where it lay.
  Image picture(kPhotographSide, kPhotographSide, 3, 90),
      kinds(kPhotographSide, kPhotographSide, 1);
  Random random(1);
  put_cover(picture, kinds, heads.labels[0].points, photographs[0], heads.labels[0], Similarity{},
            random);
  for (int y = 0; y < kinds.height; ++y)
    for (int x = 0; x < kinds.width; ++x) {
      const bool is_inside = x >= 112 && x < 138 && y >= 152 && y < 178;
      const bool is_outside = x < 108 || x >= 142 || y < 148 || y >= 182;
      if (is_inside) {
        ASSERT_EQ(kinds.row(y)[x], 1 + static_cast<int>(OccluderKind::kObject)) << x << " " << y;
        ASSERT_GT(pixel(picture, x, y)[0], pixel(picture, x, y)[1] + 10) << "not the photograph's";
      } else if (is_outside) {
        ASSERT_EQ(kinds.row(y)[x], 0) << x << " " << y;
        ASSERT_EQ(pixel(picture, x, y)[0], 90);
      }
    }
}

TEST(Scene, ACoverOfAnUnknownKindIsNamed) {
  const testing::TemporaryFolder folder;
  write_covered(folder.path(), R"({"kind": "veil", "outline": [[0, 0], [1, 0], [1, 1]]})");
  try {
    LabelledHeads::read(folder.path());
    FAIL() << "a kind that is none";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("veil"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("line 1"), std::string::npos) << error.what();
  }
}

TEST(Scene, ANumberThatNoPictureHasIsNamed) {
  const testing::TemporaryFolder folder;
  for (const std::string number : {"1e39", "-1e300", "2e6"}) {
    write_covered(folder.path(),
                  R"({"kind": "hand", "outline": [[0, 0], [1, )" + number + R"(], [1, 1]]})");
    testing::expect_error(ErrorCode::kInput, {"line 1", "1000000"},
                          [&] { LabelledHeads::read(folder.path()); });
  }
}

TEST(Scene, ADamagedPhotographWithALabelIsNamed) {
  const LabelledScenes labelled;
  std::vector<std::filesystem::path> files = labelled.heads.files;
  files.push_back(labelled.folder.path() / "cut.png");
  std::ofstream(files.back()) << "no picture";
  EXPECT_EQ(Photographs(files).size(), files.size() - 1);
  testing::expect_error(ErrorCode::kInput, {"cut.png"},
                        [&] { Photographs(files, Photographs::Damaged::kError); });
}

TEST(Scene, SomeHeadsMustBeUncovered) {
  const LabelledScenes labelled;
  LabelledHeads covered = labelled.heads;
  for (HeadLabel& label : covered.labels)
    label.covers = {{OccluderKind::kHand, {{100, 100}, {120, 100}, {110, 120}}}};
  testing::expect_error(ErrorCode::kInput, {"labelled heads", "before its face"}, [&] {
    FaceScenes(*labelled.photographs, std::vector<Similarity>{}, covered);
  });
}

TEST(Scene, FillsAPolygonThatReachesFarBeyondThePicture) {
  Image mask(4, 2, 1);
  fill_polygon(mask, {{-1e30f, -1}, {1e30f, -1}, {1e30f, 3}, {-1e30f, 3}}, 7);
  EXPECT_EQ(mask.pixels, std::vector<uint8_t>(8, 7));
}

TEST(Scene, HeadsNeedLabels) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 2);
  EXPECT_FALSE(LabelledHeads::are_in(folder.path()));
  const Photographs photographs(folder.path());
  const FaceScenes scenes(photographs);
  Random random(1);
  EXPECT_THROW(scenes.head_sample(random), Error);
  std::ofstream(folder.path() / "heads.jsonl") << "{\"file\": \"a.png\", \"points\": [[1, 2]]}\n";
  try {
    LabelledHeads::read(folder.path());
    FAIL() << "a label without an outline";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("line 1"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("43"), std::string::npos) << error.what();
  }
}

TEST(Scene, FillsAPolygonsPixels) {
  Image mask(10, 10, 1);
  fill_polygon(mask, {{2, 2}, {8, 2}, {8, 6}, {2, 6}}, 7);
  int count = 0;
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 10; ++x) {
      const bool inside = x >= 2 && x < 8 && y >= 2 && y < 6;
      EXPECT_EQ(mask.row(y)[x], inside ? 7 : 0) << x << " " << y;
      count += mask.row(y)[x] != 0;
    }
  EXPECT_EQ(count, 24);
  fill_polygon(mask, {{-5, -5}, {20, -5}, {20, 20}, {-5, 20}}, 9);  // reaches out of the picture
  EXPECT_EQ(std::count(mask.pixels.begin(), mask.pixels.end(), 9), 100);
}

TEST(Scene, MasksCoverMouthAndChinButNotTheEyes) {
  const LabelledScenes labelled;
  const HeadLabel& label = labelled.heads.labels.front();
  const std::vector<Spot> points = label.moved({});
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    Image picture(kPhotographSide, kPhotographSide, 3, 120);
    Image mask(kPhotographSide, kPhotographSide, 1);
    wear_mask(picture, mask, points, *labelled.photographs, {}, random);
    EXPECT_EQ(mask.row(160)[125], 255) << seed;  // between mouth and chin
    EXPECT_EQ(mask.row(100)[104], 0) << seed;    // an eye
    size_t changed = 0;
    for (size_t i = 0; i < mask.pixels.size(); ++i)
      changed += mask.pixels[i] != 0 && picture.pixels[3 * i] == 120 &&
                 picture.pixels[3 * i + 1] == 120 && picture.pixels[3 * i + 2] == 120;
    EXPECT_LT(changed, 300u) << "what is masked was painted, seed " << seed;
    Image lenses(kPhotographSide, kPhotographSide, 1);
    wear_glasses(picture, lenses, points, true, random);
    EXPECT_EQ(lenses.row(115)[104], 255) << seed;
    EXPECT_EQ(lenses.row(170)[125], 0) << seed;
  }
}

TEST(Scene, AnAlignersFaceCanBePutElsewhereInTheSamePicture) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 3);
  const Photographs photographs(folder.path());
  const FaceScenes scenes(photographs);
  int moved = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random first(seed), again(seed), elsewhere(seed);
    const AlignerSample sample = scenes.aligner_sample(first);
    if (!sample.is_face) continue;
    const AlignerSample same = scenes.aligner_sample(again, &sample.square);
    size_t unlike = 0;  // by more than rounding
    for (size_t i = 0; i < sample.window.pixels.size(); ++i)
      unlike += std::abs(sample.window.pixels[i] - same.window.pixels[i]) > 2;
    EXPECT_LT(unlike, sample.window.pixels.size() / 50) << seed;
    const Square place{{0.1f, -0.05f}, {0.9f, 0.1f}};
    const AlignerSample put = scenes.aligner_sample(elsewhere, &place);
    EXPECT_EQ(put.square.centre.x, place.centre.x);
    EXPECT_EQ(put.square.edge.y, place.edge.y);
    moved += put.window.pixels != sample.window.pixels;
  }
  EXPECT_GT(moved, 8);
}

// Photographs of generated faces that stand `right` pixels beside where they should.
Photographs generated_photographs(const testing::TemporaryFolder& folder, int right) {
  FaceGenerator generator("lfw-dcgan64", "cpu");
  int number = 0;
  for (const Image& face : generator.generate(generator.sample(4, 1))) {
    const Image large = resize(face.view(), kCropSide, kCropSide);
    Image photograph(kPhotographSide, kPhotographSide, 3, 110);
    for (int y = 0; y < kCropSide; ++y)
      for (int x = 0; x < kCropSide; ++x)
        set_pixel(photograph, kCropBegin + right + x, kCropBegin + y, pixel(large, x, y));
    write_png(folder.path() / (std::to_string(number++) + ".png"), photograph.view());
  }
  return Photographs(folder.path());
}

TEST(Scene, FacesThatStandBesideTheirPlaceAreSeenWhereTheyAre) {
  constexpr int kRight = 12;
  const testing::TemporaryFolder in_place, beside;
  const std::vector<Similarity> usual = seen_faces(generated_photographs(in_place, 0), kModel);
  const std::vector<Similarity> moved = seen_faces(generated_photographs(beside, kRight), kModel);
  ASSERT_EQ(usual.size(), 4u);
  ASSERT_EQ(moved.size(), 4u);
  for (size_t i = 0; i < usual.size(); ++i) {
    const Spot first = usual[i].inverse()({0.5f, 0.5f}), second = moved[i].inverse()({0.5f, 0.5f});
    // A quarter is said by where they should be.
    EXPECT_NEAR(second.x - first.x, 0.75 * kRight, 2.5) << i;
    EXPECT_NEAR(second.y - first.y, 0, 2.5) << i;
    EXPECT_NEAR(usual[i].scale() * kCropSide, 1, 0.1) << i;
  }
}

TEST(Scene, OccludersCoverWhatTheirMaskSays) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 3);
  const Photographs photographs(folder.path());
  constexpr int kSide = 100;
  int within = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const Occluder occluder = Occluder::draw(photographs, photographs[0], 0.1f, 0.5f, random);
    Image picture(kSide, kSide, 3, 128), mask(kSide, kSide, 1);
    occluder.paint(picture, &mask, {1.f / kSide, 0, 0, 0});
    double covered = 0;
    for (const uint8_t pixel : mask.pixels) covered += pixel != 0 ? 1.0 / (kSide * kSide) : 0;
    EXPECT_NEAR(covered, occluder.coverage(), 0.06) << seed;
    within += covered > 0.07 && covered < 0.56;
  }
  EXPECT_GT(within, 50);
}

TEST(Scene, AnArrivingHandComesFromBelowAndIsBlurred) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 3);
  const Photographs photographs(folder.path());
  constexpr int kSide = 64;
  int above = 0, below = 0, partly = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const Occluder hand = Occluder::arriving_hand(photographs, photographs[0], random);
    Image picture(kSide, kSide, 3, 0), mask(kSide, kSide, 1);
    hand.paint(picture, &mask, {1.f / kSide, 0, 0, 0});
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        (y < kSide / 2 ? above : below) += mask.row(y)[x] != 0;
        partly += mask.row(y)[x] == 0 && picture.row(y)[3 * x] > 0;
      }
  }
  EXPECT_GT(below, 3 * above);
  EXPECT_GT(partly, below / 10);
}

TEST(Scene, SharpeningRaisesWhatBlurringTakesAway) {
  Image picture(8, 8, 3, 100);
  set_pixel(picture, 4, 4, {120, 100, 100});
  Image sharp = picture;
  sharpen(sharp, 1, 0.9f);
  EXPECT_EQ(sharp.row(4)[12], 136);  // 0.9 times the 8 / 9 that the mean of nine lacks
  EXPECT_EQ(sharp.row(3)[12], 98);
  EXPECT_EQ(sharp.row(4)[13], 100);
  EXPECT_EQ(sharp.row(1)[3], 100);
}

// A model that half takes everything for a face.
void write_undecided_model(const std::filesystem::path& file) {
  nn::DetectorNetwork detector(nn::Execution{});
  nn::FaceAligner aligner(nn::Execution{});
  core::TensorFile content;
  content.metadata["architecture"] = nn::kFaceMaskArchitecture;
  torch::NoGradGuard no_gradient;
  for (const auto& [name, network] :
       {std::pair<const char*, torch::nn::Module*>{"detector", detector.get()},
        {"aligner", aligner.get()}}) {
    nn::initialise_face_network(*network, at::detail::createCPUGenerator(1));
    for (at::Tensor& parameter : network->parameters())
      if (parameter.dim() == 1 && parameter.size(0) == 5) parameter[0] = 0;
    nn::add_network(content, name, *network, torch::kFloat32);
  }
  core::write_safetensors(file, content);
}

TEST(Scene, NegativesAreWindowsOfWhatAModelHalfTakesForFaces) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "photographs");
  write_photographs(folder.path() / "photographs", 4);
  const Photographs photographs(folder.path() / "photographs");
  const FaceScenes scenes(photographs);
  const std::filesystem::path model = folder.path() / "undecided.safetensors";
  write_undecided_model(model);
  const std::vector<Image> windows = hard_negatives(scenes, model.string(), 1, 7);
  ASSERT_GT(windows.size(), 4u);
  for (const Image& window : windows) {
    EXPECT_EQ(window.width, nn::kAlignerSize);
    EXPECT_EQ(window.channels, 3);
  }
  EXPECT_EQ(hard_negatives(scenes, model.string(), 1, 7).back().pixels, windows.back().pixels);
  EXPECT_TRUE(hard_negatives(scenes, kModel, 2, 7).empty()) << "plain colours are no faces";

  FaceMaskTrainingOptions options;
  options.folder = folder.path() / "photographs";
  options.network = "aligner";
  options.from = model.string();
  options.out = folder.path() / "more.safetensors";
  options.batch_size = 4;
  options.epochs = 4;
  options.device = "cpu";
  EXPECT_TRUE(train_facemask(options, [](const NetworkProgress&) { return true; }));
  EXPECT_TRUE(nn::load_facemask_model(options.out, {}).detector);
}

TEST(Scene, TrainingWritesOneNetworkAndKeepsTheOthers) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "photographs");
  write_photographs(folder.path() / "photographs", 4);
  FaceMaskTrainingOptions options;
  options.folder = folder.path() / "photographs";
  options.batch_size = 4;
  options.epochs = 2;
  options.device = "cpu";
  options.network = "aligner";
  options.out = folder.path() / "first.safetensors";
  EXPECT_TRUE(train_facemask(options, [](const NetworkProgress&) { return true; }));
  const core::TensorFile first = core::read_safetensors(options.out);

  options.network = "segmenter";
  options.from = options.out;
  options.out = folder.path() / "second.safetensors";
  EXPECT_THROW(train_facemask(options, [](const NetworkProgress&) { return true; }), Error)
      << "there are no labels";
  std::vector<std::string> names;
  for (const std::filesystem::path& file : list_images(options.folder))
    names.push_back(file.filename().string());
  write_labels(options.folder, names);
  EXPECT_FALSE(train_facemask(options, [](const NetworkProgress&) { return false; }));
  EXPECT_FALSE(std::filesystem::exists(options.out));
  EXPECT_TRUE(train_facemask(options, [](const NetworkProgress&) { return true; }));
  const nn::FaceMaskModel model = nn::load_facemask_model(options.out, {});
  EXPECT_TRUE(model.aligner && model.segmenter);
  EXPECT_FALSE(model.detector);
  const core::TensorFile second = core::read_safetensors(options.out);
  for (const auto& [name, tensor] : first.tensors)
    EXPECT_EQ(tensor.bytes, second.tensors.at(name).bytes) << name;
}

TEST(Scene, TrainingFindsAFaceThatIsEasyToFind) {
  const testing::TemporaryFolder folder;
  write_photographs(folder.path(), 8);
  FaceMaskTrainingOptions options;
  options.folder = folder.path();
  options.batch_size = 8;
  options.epochs = 300;
  options.device = "cpu";
  options.network = "aligner";
  options.out = folder.path() / "model.safetensors";
  double first = 0, last = 0;
  train_facemask(options, [&](const NetworkProgress& progress) {
    if (progress.step == 20) first = progress.error;
    last = progress.error;
    return true;
  });
  EXPECT_LT(last, 0.8 * first);
}

TEST(Scene, TrainingRefusesWhatItCannotUse) {
  const testing::TemporaryFolder folder;
  Image small(64, 64, 3);
  write_png(folder.path() / "small.png", small.view());
  FaceMaskTrainingOptions options;
  options.folder = folder.path();
  options.out = folder.path() / "model.safetensors";
  options.network = "detector";
  const auto go_on = [](const NetworkProgress&) { return true; };
  try {
    train_facemask(options, go_on);
    FAIL() << "a 64 x 64 image was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInput);
    EXPECT_NE(std::string(error.what()).find("250x250"), std::string::npos) << error.what();
  }
  options.network = "nose";
  EXPECT_THROW(train_facemask(options, go_on), Error);
}

}  // namespace
}  // namespace ganface::train
