// SPDX-License-Identifier: MIT
// Owns `ganface eval`.
#include <ganface/error.h>
#include <ganface/evaluation.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "commands.h"
#include "progress_line.h"

namespace ganface::cli {
namespace {

struct Options {
  EvaluationOptions evaluation;
  std::string blend = "none", json_file, sheet_file;
  int iterations = 0, restarts = 0;
  double lambda = -1, prior = -1, learning_rate = 0, tolerance = -1;
};

Blend blend_by_name(const std::string& name) {
  for (const auto& [known, blend] : {std::pair{"none", Blend::kNone},
                                     {"feather", Blend::kFeather},
                                     {"poisson", Blend::kPoisson}})
    if (name == known) return blend;
  throw Error(ErrorCode::kUsage,
              "--blend '" + name + "' is unknown; expected none, feather or poisson");
}

void write_text(const std::string& file, const std::string& text) {
  const std::string part = file + ".part";
  std::ofstream stream(part);
  stream << text << '\n';
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(part, file, error);
  if (!stream || error) {
    std::filesystem::remove(part, error);
    throw Error(ErrorCode::kOutput, "cannot write '" + file + "'");
  }
}

void run(Options& options) {
  EvaluationOptions& evaluation = options.evaluation;
  RepairOptions& repair = evaluation.repair;
  repair = preset_options(evaluation.preset);
  repair.blend = blend_by_name(options.blend);
  repair.seed = evaluation.seed;
  if (options.iterations > 0) repair.iterations = options.iterations;
  if (options.restarts > 0) repair.restarts = options.restarts;
  if (options.lambda >= 0) repair.lambda = options.lambda;
  if (options.prior >= 0) repair.prior = options.prior;
  if (options.learning_rate > 0) repair.learning_rate = options.learning_rate;
  if (options.tolerance >= 0) repair.tolerance = options.tolerance;
  evaluation.keep_sheet = !options.sheet_file.empty();
  ProgressLine line("eval");
  const Evaluation result = evaluate(evaluation, [&](double share) {
    line.show(share, "");
    return true;
  });
  line.end();
  std::printf("%d images, %d px, preset %s\n%-8s %9s %7s %9s %7s %9s %6s   Telea: %9s %9s\n",
              result.images, result.image_size, evaluation.preset.c_str(), "mask", "psnr_hole",
              "psnr", "ssim_hole", "ssim", "ms/face", "steps", "psnr_hole", "ssim_hole");
  for (const auto& [name, mask] : result.masks)
    std::printf("%-8s %9.2f %7.2f %9.3f %7.3f %9.0f %6.0f          %9.2f %9.3f\n", name.c_str(),
                mask.ours.psnr_hole, mask.ours.psnr, mask.ours.ssim_hole, mask.ours.ssim,
                mask.ms_per_face, mask.iterations, mask.telea.psnr_hole, mask.telea.ssim_hole);
  if (!options.json_file.empty()) write_text(options.json_file, result.json(evaluation));
  if (!options.sheet_file.empty()) write_png(options.sheet_file, result.sheet.view());
}

}  // namespace

void add_eval(CLI::App& app) {
  CLI::App* command = app.add_subcommand("eval", "Measure a model's repairs on a folder of faces");
  auto options = std::make_shared<Options>();
  EvaluationOptions& evaluation = options->evaluation;
  command->add_option("MODEL", evaluation.model, "Name or path of a model")->required();
  command->add_option("FOLDER", evaluation.folder, "JPEG and PNG images at any depth")->required();
  command
      ->add_option("--mask", evaluation.masks,
                   "Holes, separated by commas: center, pattern, random, half, or a region")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--preset", evaluation.preset, "fast, paper or seed")->capture_default_str();
  command->add_option("--limit", evaluation.limit, "Most images; 0 = all")->capture_default_str();
  command->add_option("--batch-size", evaluation.batch_size, "Faces searched together")
      ->capture_default_str();
  command->add_option("--seed", evaluation.seed, "Of holes and first z")->capture_default_str();
  command->add_option("--device", evaluation.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--blend", options->blend, "none or feather")->capture_default_str();
  command->add_option("--iterations", options->iterations, "Most steps; 0 = the preset's");
  command->add_option("--restarts", options->restarts, "Searches a face; 0 = the preset's");
  command->add_option("--lambda", options->lambda, "Perceptual weight; negative = the preset's");
  command->add_option("--prior", options->prior, "Latent prior's weight; negative = the preset's");
  command->add_option("--learning-rate", options->learning_rate, "0 = the preset's");
  command->add_option("--tolerance", options->tolerance,
                      "Share of the loss to win in 20 steps; negative = the preset's");
  command->add_option("--json", options->json_file, "Write the figures to this file");
  command->add_option("--sheet", options->sheet_file, "Write a contact sheet (PNG) to this file");
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
