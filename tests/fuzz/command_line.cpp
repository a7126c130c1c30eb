// SPDX-License-Identifier: MIT
// Owns the fuzzing of command lines: all of `ganface` but the work that a line asks for.
#include <ganface/completion_training.h>
#include <ganface/encoder_training.h>
#include <ganface/error.h>
#include <ganface/evaluation.h>
#include <ganface/face_generator.h>
#include <ganface/facemask_training.h>
#include <ganface/feature_training.h>
#include <ganface/frechet.h>
#include <ganface/neighbours.h>
#include <ganface/training.h>
#include <gst/gst.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "common/elements.h"
#include "expect.h"
#include "interruption.h"
#include "media/output_format.h"
#include "media/watched_work.h"
#include "numbered_files.h"
#include "process_end.h"
#include "repair_job.h"
#include "text_file.h"

int ganface_main(int argc, char** argv);

// ---- The work, which is not done ------------------------------------------------------------

namespace ganface {
namespace {

[[noreturn]] void no_work() { throw Error(ErrorCode::kUnsupported, "nothing is done here"); }

}  // namespace

bool train_generator(const TrainingOptions&, TrainingObserver&) { no_work(); }
int training_rank() { return 0; }
bool train_encoder(const EncoderTrainingOptions&, const NetworkObserver&) { no_work(); }
bool train_features(const FeatureTrainingOptions&, const NetworkObserver&) { no_work(); }
bool train_facemask(const FaceMaskTrainingOptions&, const NetworkObserver&) { no_work(); }
bool train_completion(const CompletionTrainingOptions&, const NetworkObserver&) { no_work(); }
void write_facemask_samples(const std::filesystem::path&, const std::string&, int, uint64_t,
                            const std::filesystem::path&) {
  no_work();
}
void write_completion_samples(const std::filesystem::path&, int, uint64_t,
                              const std::filesystem::path&) {
  no_work();
}
FrechetDistances frechet_distances(const FrechetOptions&) { no_work(); }
Neighbours find_neighbours(const NeighbourOptions&) { no_work(); }
EvaluationReference reference_by_name(const std::string&) { return {}; }
Evaluation evaluate(const EvaluationOptions&, const std::function<bool(double)>&) { no_work(); }
std::string Evaluation::json(const EvaluationOptions&) const { no_work(); }
std::string Evaluation::json_per_image() const { no_work(); }

struct FaceGenerator::Implementation {};
FaceGenerator::FaceGenerator(const std::string&, const std::string&) {}
FaceGenerator::~FaceGenerator() = default;
FaceGenerator::FaceGenerator(FaceGenerator&&) noexcept = default;
FaceGenerator& FaceGenerator::operator=(FaceGenerator&&) noexcept = default;
int FaceGenerator::size() const { return 64; }
int FaceGenerator::latent_size() const { return 100; }
std::vector<float> FaceGenerator::sample(int count, uint64_t) const {
  fuzz::expect(count > 0 && count <= 64 * 64, "a grid has its cells");
  no_work();
}
std::vector<Image> FaceGenerator::generate(const std::vector<float>&) const { no_work(); }

namespace media {

void watch_work(LeaveProcess) {}

}  // namespace media

namespace cli {

void catch_interruption() {}
void act_when_interrupted(std::chrono::milliseconds, void (*)()) {}
bool interrupted() { return false; }
void say_interrupted(const std::string&) { no_work(); }
void leave_if_interrupted() {}
void catch_unexpected_end(int) {}
void expect_end() {}
void leave(const char* why, int) {
  std::fprintf(stderr, "%s\n", why);
  std::abort();
}
void write_text(const std::string&, const std::string&) { no_work(); }

// What of a job is looked at before files are.
RepairTotals repair(const RepairJob& job) {
  fuzz::expect(job.jobs >= 1 && job.jobs <= 256, "jobs are 1 to 256");
  job.options->paints();
  if (is_numbered(job.in)) existing_numbers(job.in);
  media::format_of(job.out);
  no_work();
}

}  // namespace cli
}  // namespace ganface

// ---- Lines ------------------------------------------------------------------------------------

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  g_setenv("GST_REGISTRY_UPDATE", "no", TRUE);
  g_setenv("GST_REGISTRY", "/nowhere/registry", TRUE);
  g_setenv("GST_PLUGIN_SYSTEM_PATH", "", TRUE);
  gst_init(nullptr, nullptr);
  GST_ELEMENT_REGISTER(facemask, nullptr);
  GST_ELEMENT_REGISTER(ganinpaint, nullptr);
  // What the tool says is not looked at.
  stdout = stderr = std::fopen("/dev/null", "w");
  std::cout.rdbuf(nullptr);
  std::cerr.rdbuf(nullptr);
  return 0;
}

// Words stand on lines of their own.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::vector<std::string> words{"ganface"};
  std::string word;
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] == '\n' || bytes[i] == 0) {
      words.push_back(std::exchange(word, {}));
    } else {
      word += static_cast<char>(bytes[i]);
    }
  }
  if (!word.empty()) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& each : words) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  const int code = ganface_main(static_cast<int>(words.size()), arguments.data());
  ganface::fuzz::expect(code >= 0 && code <= 4, "a line is no internal error");
  return 0;
}
