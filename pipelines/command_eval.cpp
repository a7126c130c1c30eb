// SPDX-License-Identifier: MIT
// Owns `ganface eval`.
#include <ganface/error.h>
#include <ganface/evaluation.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "commands.h"
#include "progress_line.h"
#include "text_file.h"

namespace ganface::cli {
namespace {

// What changes every preset; empty = the preset's own.
struct Overrides {
  std::optional<int> iterations, restarts;
  std::optional<double> lambda, prior, proximity, learning_rate, preconditioning, tolerance;

  void apply(SearchOptions& search) const {
    search.iterations = iterations.value_or(search.iterations);
    search.restarts = restarts.value_or(search.restarts);
    search.lambda = lambda.value_or(search.lambda);
    search.prior = prior.value_or(search.prior);
    search.proximity = proximity.value_or(search.proximity);
    search.learning_rate = learning_rate.value_or(search.learning_rate);
    search.preconditioning = preconditioning.value_or(search.preconditioning);
    search.tolerance = tolerance.value_or(search.tolerance);
  }
};

struct Options {
  EvaluationOptions evaluation;
  Overrides overrides;
  std::vector<std::string> presets{"fast"};
  std::string blend = "none", reference = "none", json_file, per_image_file, sheet_file;
};

Blend blend_by_name(const std::string& name) {
  for (const auto& [known, blend] : {std::pair{"none", Blend::kNone},
                                     {"feather", Blend::kFeather},
                                     {"poisson", Blend::kPoisson}})
    if (name == known) return blend;
  throw Error(ErrorCode::kUsage,
              "--blend '" + name + "' is unknown; expected none, feather or poisson");
}

void print(const Evaluation& result) {
  std::printf("%zu images, %d px\n%-8s %-6s %9s %7s %9s %7s %9s %9s %6s\n", result.files.size(),
              result.image_size, "mask", "way", "psnr_hole", "psnr", "ssim_hole", "ssim",
              "sharpness", "ms/face", "steps");
  for (const MaskResult& mask : result.masks)
    for (const auto* ways : {&mask.presets, &mask.classical})
      for (const RepairResult& way : *ways)
        std::printf("%-8s %-6s %9.2f %7.2f %9.3f %7.3f %9.2f %9.1f %6.0f\n", mask.mask.c_str(),
                    way.name.c_str(), way.mean.psnr_hole, way.mean.psnr, way.mean.ssim_hole,
                    way.mean.ssim, way.mean.sharpness(), way.ms_per_face, way.iterations);
}

void run(Options& options) {
  EvaluationOptions& evaluation = options.evaluation;
  evaluation.presets.clear();
  for (const std::string& name : options.presets) {
    EvaluatedPreset preset{name, preset_options(name)};
    options.overrides.apply(preset.repair.search);
    preset.repair.blend = blend_by_name(options.blend);
    preset.repair.search.seed = evaluation.seed;
    preset.repair.validate();
    evaluation.presets.push_back(std::move(preset));
  }
  evaluation.reference = reference_by_name(options.reference);
  evaluation.keep_sheet = !options.sheet_file.empty();
  ProgressLine line("eval");
  const Evaluation result = evaluate(evaluation, [&](double share) {
    line.show(share, "");
    return true;
  });
  line.end();
  print(result);
  if (!options.json_file.empty()) write_text(options.json_file, result.json(evaluation));
  if (!options.per_image_file.empty()) write_text(options.per_image_file, result.json_per_image());
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
  command
      ->add_option("--preset", options->presets,
                   "Ways of repair side by side, separated by commas: fast, paper, seed")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--limit", evaluation.limit, "Most images; 0 = all")->capture_default_str();
  command->add_option("--batch-size", evaluation.batch_size, "Faces searched together")
      ->capture_default_str();
  command->add_option("--seed", evaluation.seed, "Of holes and first z")->capture_default_str();
  command->add_option("--device", evaluation.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--blend", options->blend, "none, feather or poisson")->capture_default_str();
  command
      ->add_option("--reference", options->reference,
                   "What a completion model is shown beside: none, moved (the same photograph, "
                   "moved and relit) or person (another photograph in its folder)")
      ->capture_default_str();
  Overrides& overrides = options->overrides;
  command->add_option("--iterations", overrides.iterations,
                      "Most steps, in place of the presets'; 0 judges the start");
  command->add_option("--restarts", overrides.restarts,
                      "Searches a face, in place of the presets'");
  command->add_option("--lambda", overrides.lambda, "Perceptual weight, in place of the presets'");
  command->add_option("--prior", overrides.prior,
                      "Latent prior's weight, in place of the presets'");
  command->add_option("--proximity", overrides.proximity,
                      "Weight of the distance from the encoder's z, in place of the presets'");
  command->add_option("--learning-rate", overrides.learning_rate, "In place of the presets'");
  command->add_option("--preconditioning", overrides.preconditioning,
                      "Evens out the directions of z, 0 to 1, in place of the presets'");
  command->add_option("--tolerance", overrides.tolerance,
                      "Share of the loss to win in 20 steps, in place of the presets'");
  command->add_option("--json", options->json_file, "Write the figures to this file");
  command->add_option("--per-image", options->per_image_file,
                      "Write every image's figures to this file");
  command->add_option("--sheet", options->sheet_file, "Write a contact sheet (PNG) to this file");
  command->callback([options] { run(*options); });
}

}  // namespace ganface::cli
