// SPDX-License-Identifier: MIT
// Owns the network that completes a face in one pass, and the critic it is trained against.
#include "models/completion_network.h"

#include <ATen/ATen.h>
#include <ganface/error.h>

#include <cmath>

#include "models/model_file.h"
#include "nn/kernels/box_filter.h"
#include "nn/layers/frequency_bands.h"
#include "nn/layers/hole_filling.h"
#include "nn/layers/initialisation.h"
#include "nn/layers/pixel_blocks.h"
#include "nn/registration/reference_fit.h"

namespace ganface::nn {
namespace {

constexpr char kRefinement[] = "refinement";
constexpr char kPriorGenerator[] = "prior_generator", kPriorEncoder[] = "prior_encoder";
constexpr char kPriorMetadata[] = "prior.";
constexpr int64_t kSeen =
    15;  // crop and hole, their mirror images, reference and valid, prior_sample
constexpr int64_t kFields = 8;      // flow 2, gain 3, offset 3
constexpr double kFarthest = 0.15;  // of one round's flow, half sides
constexpr double kBrightest = 0.5;  // of one round's gain, beside 1, and of its offset
constexpr double kSlope = 0.2;      // of the critic's leaky ReLU
constexpr int64_t kRounds = 2;
constexpr int64_t kBlock = 4;  // side of the pixels that the U-Net sees together
constexpr int64_t kFinishBlock = 2, kFinishWidth = 48;  // of the last stage
constexpr int64_t kFinishSeen =
    12;                         // what was painted and trusted, crop and hole, reference and valid
constexpr int64_t kAnswer = 4;  // what to add to the known colours, and confidence

// How a face is looked at once more: mirrored or not, and some pixels lower and farther right,
// where the network's blocks hold other pixels.
struct Sight {
  bool is_mirrored;
  int64_t lower, farther;
};
constexpr Sight kSights[] = {{true, 1, 0}, {false, 2, 2}, {true, 3, 2}};

at::Tensor seen_from(const Sight& sight, const at::Tensor& x) {
  const at::Tensor turned = sight.is_mirrored ? x.flip(3) : x;
  return at::replication_pad2d(turned, {sight.farther, 0, sight.lower, 0})
      .slice(2, 0, x.size(2))
      .slice(3, 0, x.size(3));
}

// Pictures `rows` as they are seen once more from each place.
at::Tensor further_sights(const at::Tensor& x, const at::Tensor& rows) {
  const at::Tensor own = x.index_select(0, rows);
  std::vector<at::Tensor> sights;
  for (const Sight& sight : kSights) sights.push_back(seen_from(sight, own));
  return at::cat(sights);
}

// Images whose `rows` are the mean with what was made of further_sights() of them.
at::Tensor mean_with_further(const at::Tensor& images, const at::Tensor& further,
                             const at::Tensor& rows) {
  const int64_t height = images.size(2), width = images.size(3), count = rows.size(0);
  at::Tensor sum = images.index_select(0, rows);
  at::Tensor sights = at::ones({1, 1, height, width}, images.options());
  int64_t first = 0;
  for (const Sight& sight : kSights) {
    // What was moved out of the picture has not been seen from there.
    const at::Tensor seen =
        further.slice(0, first, first + count).slice(2, sight.lower).slice(3, sight.farther);
    const int64_t left = sight.is_mirrored ? sight.farther : 0;
    const auto place = [&](const at::Tensor& x) {
      return x.slice(2, 0, height - sight.lower).slice(3, left, left + width - sight.farther);
    };
    place(sum).add_(sight.is_mirrored ? seen.flip(3) : seen);
    place(sights).add_(1);
    first += count;
  }
  return images.index_copy(0, rows, sum / sights);
}

}  // namespace

at::Tensor FacePrior::sample(const at::Tensor& crop, const at::Tensor& hole) {
  torch::NoGradGuard no_gradient;
  const int64_t side = crop.size(2), own = generator->options.image_size, step = side / own;
  const auto with_mirrored = [](const at::Tensor& x) { return at::cat({x, x.flip(3)}); };
  const at::Tensor z = encoder(with_mirrored(block_means(fill_holes(crop, hole), step)),
                               with_mirrored(at::max_pool2d(hole, step)));
  const std::vector<at::Tensor> faces = generator(z).chunk(2);
  const at::Tensor face = (faces[0] + faces[1].flip(3)) / 2;
  return at::upsample_bicubic2d(face, {side, side}, false).clamp(-1, 1);
}

CompletionNetworkImpl::CompletionNetworkImpl(const Execution& execution)
    : type_(execution.convolution_type) {
  const auto block = [&](const std::string& name, int64_t in, int64_t out, int64_t stride) {
    return register_module(name, ConvolutionBlock(in, out, stride, execution));
  };
  // 64 px seen as 2 x 2 blocks of pixels.
  int64_t channels = 4 * 8;
  for (const auto& [out, stride] :
       std::vector<std::pair<int64_t, int64_t>>{{48, 1}, {96, 2}, {96, 1}, {128, 2}, {128, 1}}) {
    aligner_.push_back(block("aligner" + std::to_string(aligner_.size()), channels, out, stride));
    channels = out;
  }
  // What one half of a face shows must reach the other.
  aligner_far_ = {block("aligner_far0", channels, channels, 2),
                  block("aligner_far1", channels, channels, 1)};
  far_head_ = register_module("aligner_far_head", ConvolutionHead(channels, channels, execution));
  aligner_.push_back(block("aligner_up", channels + 96, 96, 1));
  field_head_ = register_module("field_head", ConvolutionHead(96, kFields, execution));

  const std::vector<int64_t> widths{128, 192, 256};
  channels = kBlock * kBlock * kSeen;
  for (size_t level = 0; level < widths.size(); ++level) {
    const std::string name = "down" + std::to_string(level) + "_";
    const int64_t width = widths[level];
    const bool coarsest = level + 1 == widths.size();
    down_.push_back({block(name + "0", channels, width, level == 0 ? 1 : 2)});
    for (int i = 1; i < (coarsest ? 8 : 2); ++i)
      down_.back().push_back(block(name + std::to_string(i), width, width, 1));
    channels = width;
  }
  for (size_t level = widths.size() - 1; level-- > 0;) {
    const std::string name = "up" + std::to_string(level) + "_";
    const int64_t width = widths[level];
    up_.push_back(
        {block(name + "0", channels + width, width, 1), block(name + "1", width, width, 1)});
    channels = width;
  }
  head_ = register_module("head", ConvolutionHead(channels, kBlock * kBlock * kAnswer, execution));

  constexpr int64_t kPixels = kFinishBlock * kFinishBlock;
  finish_ = {block("finish0", channels / kPixels + kPixels * kFinishSeen, kFinishWidth, 1),
             block("finish1", kFinishWidth, kFinishWidth, 1)};
  finish_head_ =
      register_module("finish_head", ConvolutionHead(kFinishWidth, kPixels * kAnswer, execution));
  to(execution.device);
}

ReferenceField CompletionNetworkImpl::look(const at::Tensor& known, const at::Tensor& hole,
                                           const at::Tensor& reference, const at::Tensor& valid) {
  at::Tensor x = blocks_as_channels(at::cat({known, hole, reference, valid}, 1), 2, type_);
  at::Tensor kept;
  for (size_t i = 0; i + 1 < aligner_.size(); ++i) {
    x = aligner_[i](x);
    if (i == 2) kept = x;
  }
  at::Tensor far = x;
  for (ConvolutionBlock& block : aligner_far_) far = block(far);
  x = x + enlarged(far_head_(far).to(type_));
  x = field_head_(aligner_.back()(at::cat({enlarged(x), kept}, 1)));
  return {kFarthest * at::tanh(x.slice(1, 0, 2)), 1 + kBrightest * at::tanh(x.slice(1, 2, 5)),
          kBrightest * at::tanh(x.slice(1, 5, 8))};
}

ReferenceField CompletionNetworkImpl::align(const at::Tensor& known, const at::Tensor& hole,
                                            const at::Tensor& reference) {
  const auto halved = [](const at::Tensor& x) { return block_means(x, 2); };
  const at::Tensor both = halved(reference);
  const at::Tensor seen = halved(known), missing = halved(hole);
  ReferenceField field = look(seen, missing, both.slice(1, 0, 3), both.slice(1, 3, 4));
  for (int64_t round = 1; round < kRounds; ++round) {
    const at::Tensor shown = field.show(both, Sampling::kBilinear);
    const ReferenceField more = look(seen, missing, shown.slice(1, 0, 3), shown.slice(1, 3, 4));
    // The fields are smooth: where the second flow leads, the first is about the same.
    field.flow = field.flow + more.flow;
    field.offset = field.offset * more.gain + more.offset;
    field.gain = field.gain * more.gain;
  }
  return field;
}

CompletionOutput CompletionNetworkImpl::forward(const CompletionInput& input) {
  CompletionOutput output;
  const at::Tensor known = fill_holes(input.crop, input.hole);
  output.reference = at::zeros_like(known);
  output.valid = at::zeros_like(input.hole);
  if (input.reference.defined()) {
    const int64_t count = input.reference.size(0), others = known.size(0) - count;
    const at::Tensor both = at::cat({input.reference * input.valid, input.valid}, 1);
    const at::Tensor own = known.slice(0, 0, count), missing = input.hole.slice(0, 0, count);
    output.network_field = align(own, missing, both);
    output.field = fitted(output.network_field, own, missing, both);
    const at::Tensor shown = output.field.show(both, Sampling::kBicubic);
    output.valid = at::cat({shown.slice(1, 3, 4), output.valid.slice(0, 0, others)});
    output.reference = at::cat({shown.slice(1, 0, 3), output.reference.slice(0, 0, others)});
  }
  const at::Tensor seen = at::cat({known, input.hole}, 1);
  const at::Tensor prior_sample =
      input.prior_sample.defined() ? input.prior_sample : at::zeros_like(known);
  at::Tensor x = blocks_as_channels(
      at::cat({seen, seen.flip(3), output.reference, output.valid, prior_sample}, 1), kBlock,
      type_);
  std::vector<at::Tensor> kept;
  for (std::vector<ConvolutionBlock>& level : down_) {
    x = residual_level(level, x);
    kept.push_back(x);
  }
  for (size_t i = 0; i < up_.size(); ++i) {
    x = at::cat({enlarged(x), kept[kept.size() - 2 - i]}, 1);
    for (ConvolutionBlock& block : up_[i]) x = block(x);
  }
  const at::Tensor answer = finished(channels_as_blocks(head_(x), kBlock), x, seen, output);
  output.confidence = at::sigmoid(answer.slice(1, 3, 4)) * output.valid;
  const at::Tensor painted = known + without_mesh(answer.slice(1, 0, 3), input.hole);
  output.image = painted + output.confidence * (output.reference - painted);
  return output;
}

at::Tensor CompletionNetworkImpl::finished(const at::Tensor& answer, const at::Tensor& features,
                                           const at::Tensor& seen, const CompletionOutput& output) {
  const at::Tensor pixels = blocks_as_channels(
      at::cat({answer, seen, output.reference, output.valid}, 1), kFinishBlock, type_);
  at::Tensor x = finish_[0](at::cat({pixels, at::pixel_shuffle(features, kFinishBlock)}, 1));
  x = x + finish_[1](x);
  return answer + channels_as_blocks(finish_head_(x), kFinishBlock);
}

CompletionOutput test_time_augmentation(CompletionNetwork& network, const CompletionInput& input,
                                        const at::Tensor& rows) {
  const int64_t count = input.crop.size(0);
  const auto with_further = [&](const at::Tensor& x) {
    return x.defined() ? at::cat({x, further_sights(x, rows)}) : x;
  };
  CompletionOutput output =
      network(CompletionInput{with_further(input.crop), with_further(input.hole), input.reference,
                              input.valid, with_further(input.prior_sample)});
  const at::Tensor further = output.image.slice(0, count);
  for (at::Tensor* of_all : {&output.image, &output.confidence, &output.reference, &output.valid})
    *of_all = of_all->slice(0, 0, count);
  output.image = mean_with_further(output.image, further, rows);
  return output;
}

void look_again(CompletionNetwork& network, const CompletionInput& input, const at::Tensor& rows,
                CompletionOutput& output) {
  const auto further = [&](const at::Tensor& x) {
    return x.defined() ? further_sights(x, rows) : x;
  };
  const CompletionInput again{further(input.crop), further(input.hole), further(input.reference),
                              further(input.valid), further(input.prior_sample)};
  output.image = mean_with_further(output.image, network(again).image, rows);
}

PatchCriticImpl::PatchCriticImpl(const Execution& execution) : type_(execution.convolution_type) {
  int64_t channels = 4;
  for (const int64_t out : {48, 96, 160, 160, 1}) {
    const std::string name = std::to_string(weights_.size());
    weights_.push_back(register_parameter("weight" + name, torch::zeros({out, channels, 3, 3})));
    biases_.push_back(register_parameter("bias" + name, torch::zeros({out})));
    norms_.push_back(register_module("norm" + name, SpectralNorm(out)));
    channels = out;
  }
  to(execution.device);
}

std::vector<at::Tensor> PatchCriticImpl::forward(const at::Tensor& image, const at::Tensor& hole) {
  std::vector<at::Tensor> features;
  at::Tensor x = at::cat({image, hole}, 1).contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t i = 0; i < weights_.size(); ++i) {
    const at::Tensor weight = weights_[i] / norms_[i](weights_[i]);
    x = at::conv2d(x.to(type_), weight.to(type_), biases_[i].to(type_), i < 3 ? 2 : 1, 1);
    if (i + 1 < weights_.size()) x = at::leaky_relu(x, kSlope);
    features.push_back(x);
  }
  features.back() = features.back().to(torch::kFloat32);
  return features;
}

CompletionModel load_completion_model(const core::TensorFile& content,
                                      const std::filesystem::path& file,
                                      const Execution& execution) {
  expect_architecture(content.metadata, kCompletionArchitecture, file);
  CompletionModel model;
  model.metadata = content.metadata;
  model.network = CompletionNetwork(execution);
  load_network(content, "network", *model.network, file);
  freeze(*model.network);
  fold_blocks(*model.network);
  const auto sharpening = content.metadata.find(kSharpening);
  if (sharpening != content.metadata.end()) try {
      model.sharpening = Sharpening::from_text(sharpening->second);
    } catch (const Error& cause) {
      throw Error(ErrorCode::kModel, "model '" + file.string() + "': " + cause.what());
    }
  if (has_network(content, kPriorGenerator)) {
    std::map<std::string, std::string> own;
    for (const auto& [key, value] : content.metadata)
      if (key.rfind(kPriorMetadata, 0) == 0) own[key.substr(sizeof kPriorMetadata - 1)] = value;
    const NetworkOptions options = architecture_from(own, file);
    if (options.image_size > kCompletionSize)
      throw Error(ErrorCode::kModel, "model '" + file.string() + "': its prior makes faces of " +
                                         std::to_string(options.image_size) +
                                         " pixels, expected 16 to 128");
    expect_weights_of(content, options, file);
    model.prior.generator = Generator(options, execution);
    model.prior.encoder = Encoder(options, execution);
    load_network(content, kPriorGenerator, *model.prior.generator, file);
    load_network(content, kPriorEncoder, *model.prior.encoder, file);
    freeze(*model.prior.generator);
    freeze(*model.prior.encoder);
  }
  if (has_network(content, kRefinement)) {
    model.refinement = RefinementNetwork(execution);
    load_network(content, kRefinement, *model.refinement, file);
    freeze(*model.refinement);
    fold_blocks(*model.refinement);
  }
  if (has_network(content, "critic")) {
    model.critic = PatchCritic(execution);
    load_network(content, "critic", *model.critic, file);
  }
  return model;
}

void add_prior(core::TensorFile& content, const FacePrior& prior) {
  for (const auto& [key, value] : architecture_metadata(prior.generator->options))
    content.metadata[kPriorMetadata + key] = value;
  add_network(content, kPriorGenerator, *prior.generator, torch::kBFloat16);
  add_network(content, kPriorEncoder, *prior.encoder, torch::kBFloat16);
}

void initialise_completion(torch::nn::Module& network, at::Generator random) {
  torch::NoGradGuard no_gradient;
  for (auto& item : network.named_parameters()) {
    at::Tensor& parameter = item.value();
    const auto is = [&](const char* part) { return item.key().find(part) != std::string::npos; };
    if (parameter.dim() == 1)
      parameter.fill_(is("norm.weight") ? 1 : 0);
    else if (is("head"))
      parameter.zero_();
    else
      draw_normal(parameter, 0,
                  std::sqrt(2 / static_cast<double>(parameter.numel() / parameter.size(0))),
                  random);
  }
}

}  // namespace ganface::nn
