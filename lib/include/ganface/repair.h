// SPDX-License-Identifier: MIT
// Owns the repair engine's public face: options, presets, and the Inpainter.
#pragma once

#include <ganface/api.h>
#include <ganface/image.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ganface {

/// How a model repairs.
enum class RepairMethod {
  kLatent,      ///< searches a generator's latent space for the face (Yeh et al. 2017)
  kCompletion,  ///< completes the face in one pass of a network, from what it looked like before
};

/// What the contextual loss weighs kept pixels by (Yeh et al. 2017, section 3.2).
enum class ContextWeights {
  kUniform,     ///< W = M: every kept pixel 1
  kImportance,  ///< mean of (1 - M) over the pixel's 7x7 neighbourhood (Yeh et al. 2017, eq. 3)
};

/// How the generated hole meets the picture around it.
enum class Blend {
  kNone,     ///< M y + (1 - M) G(z)
  kFeather,  ///< the generated face fades out over a few pixels outside the hole
  kPoisson,  ///< the generated face's gradients, the picture's colours (Perez et al. 2003)
};

/// Where a face's search starts.
enum class Start {
  kRandom,   ///< at a random z
  kEncoder,  ///< at the z that the model's encoder finds; at random in a model without one
};

/// Parameters of the search in a generator's latent space.
struct SearchOptions {
  /// At most so many steps a face, over which the step size falls to 0; 0 to 100000.
  int iterations = 200;
  double lambda = 0.003;  ///< weight of the perceptual loss; 0 to 1000
  /// Weight of the latent prior, which holds z's length within that of the z that the generator was
  /// trained on; 0 to 1000. Without it the search leaves them for corners of the cube, whose faces
  /// follow the kept pixels more closely and the hole less.
  double prior = 1;
  /// Weight of half the squared distance of z from the encoder's, which knows more than the kept
  /// pixels near the hole tell; 0 to 1000. Without an encoder there is none.
  double proximity = 0;
  double learning_rate = 0.12;  ///< Adam's first step size on z; above 0, at most 1
  /// Exponent a of the matrix M^-a that steps on z are taken through, M the mean of JᵀJ, J = dG/dz;
  /// 0 to 1. Some directions of z move the image thirty times as far as others; ½ would even them
  /// out, ¼ does so half-way, and 0 leaves z as it is.
  double preconditioning = 0;
  int restarts = 1;   ///< searches a face, from other random z; the best is kept; 1 to 64
  uint64_t seed = 1;  ///< of the first z
  Start start = Start::kRandom;
  ContextWeights weights = ContextWeights::kImportance;
  /// A face's search ends when this share of its loss has not been won in the last 20 steps; 0 =
  /// never.
  double tolerance = 0.01;
};

/// Parameters of a completion.
struct CompletionOptions {
  /// Whether a face that was never seen, or so that it does not help, is completed four times, in
  /// the mirror and moved by some pixels, the mean sharpened, and repainted by the model's
  /// refinement network, if it has one: cleaner and sharper, in four times the time and more.
  bool test_time_augmentation = true;
  /// Whether a completion keeps to the thread it is called in, for what runs beside it must not
  /// wait for a processor.
  bool one_thread = false;
};

/// Parameters of a repair. Of `search` and `completion`, the one that is not the model's method is
/// not read.
struct GANFACE_API RepairOptions {
  SearchOptions search;
  CompletionOptions completion;
  Blend blend = Blend::kFeather;
  int feather_px = 2;  ///< width of the blend band, pixels of the model's crop; 0 to 64
  /// Kept pixels this near to the hole (of the model's crop) are not trusted, since an occluder
  /// bleeds into its surroundings: the repair ignores them and blend kPoisson replaces them; 0
  /// to 8.
  int guard_px = 0;

  /// Throws Error(kUsage) naming the first value out of range.
  void validate() const;
};

/// The options of a preset: "paper" (Yeh et al. 2017: λ 0.003, importance weights), "seed" (λ 0.2,
/// W = M) or "fast" (paper's losses, from the encoder's z where the model has one; few steps).
/// Deviations from the paper, which find better faces (docs/evaluation.md): 200 steps of falling
/// size instead of 1500, and the latent prior. Throws Error(kUsage) for another name.
GANFACE_API RepairOptions preset_options(const std::string& preset);

/// Asked before every step of a search; true ends it with what was found by then.
using StopCondition = std::function<bool()>;

/// A damaged face: canonical crop (RGB) and hole (1 channel, non-zero = missing), of any equal
/// square size. A hole with values between 0 and 255 has soft edges: its values, and not
/// RepairOptions::blend, are the shares in which the repair replaces the picture.
struct DamagedFace {
  Image crop;
  Image hole;
  /// z to start from, as an earlier frame's RepairedFace::latent, or empty. The search of such a
  /// face begins late in the schedule, with small steps.
  std::vector<float> start;
  /// What the face looked like before, and where that is known (1 channel, 255 = known), both of
  /// the crop's size, or empty: for completion. FaceMemory gives and keeps it.
  Image reference, known;
  /// The face that a completion model's generator made up for an earlier frame, as
  /// RepairedFace::prior_sample, or empty: then it makes up another.
  Image prior_sample;
  /// Another photograph of the person (RGB canonical crop of any size, undamaged), or empty: for
  /// completion, which takes the detail of what was never seen in the stream from it. Pose, light
  /// and expression may be other ones.
  Image photograph;
};

/// How a completion moved and relit its reference, on a grid of 16 x 16 cells over the crop, and
/// where it trusted it. Empty vectors without a reference.
struct ReferenceMatch {
  static constexpr int kCells = 16;
  /// For a place of the crop, the way (x, y) to the same in the reference, in sides of the crop:
  /// [2][16][16].
  std::vector<float> flow;
  /// The reference's colours in [-1, 1] times `gain` plus `offset` are the crop's: [3][16][16].
  std::vector<float> gain, offset;
  Image confidence;  ///< 1 channel, of the model's size: share of the reference in the completion
  /// Mean absolute difference of reference and crop where both are known, of 255 levels.
  double mismatch = 0;
};

/// A repaired face: at the model's size, or, of a completion, at the crop's where that is larger.
struct RepairedFace {
  Image completion;  ///< RGB: what the model paints; under kPoisson it meets the picture
  Image alpha;       ///< 1 channel: share of the completion in the blend, 255 = all
  Image repaired;    ///< RGB: crop and completion blended
  /// Of a search: sum over pixels and channels in [-1, 1]. Of a completion: mean absolute
  /// difference from the kept pixels in [-1, 1].
  double contextual_loss = 0;
  double perceptual_loss = 0;  ///< log(1 - D(G(z*))); 0 of a completion
  int iterations = 0;          ///< steps done; 1 of a completion
  std::vector<float> latent;   ///< z*; empty of a completion
  ReferenceMatch match;        ///< of a completion
  /// Of a completion: share of the hole that got the detail of the photograph; without one, of a
  /// reference that was hardly to be trusted.
  double detailed = 0;
  Image
      prior_sample;  ///< RGB, of the model's size: the made-up face that a completion started from
  /// No loss of this face's search was finite: `repaired` is the crop, unrepaired, and `completion`
  /// and `latent` are empty. Other faces of the batch are not touched by it.
  bool failed = false;
};

/// Repairs faces as its model does: with a generator by searching its latent space (Yeh, Chen, Lim,
/// Schwing, Hasegawa-Johnson, Do, CVPR 2017), or with a completion network in one pass. Objects may
/// be used from one thread at a time.
class GANFACE_API Inpainter {
 public:
  /// Loads a model by name or path onto a device ("auto", "cpu", "cuda", "cuda:N"). Throws
  /// Error(kModel), Error(kDevice), Error(kUsage).
  explicit Inpainter(const std::string& model, const std::string& device = "auto");
  ~Inpainter();
  Inpainter(Inpainter&&) noexcept;
  Inpainter& operator=(Inpainter&&) noexcept;

  /// How the model repairs.
  RepairMethod method() const;

  /// Side of the model's crop in pixels.
  int size() const;

  /// Whether the model has an encoder, from which preset "fast" starts.
  bool has_encoder() const;

  /// Does once what a first repair would otherwise wait for, so that a live stream begins without a
  /// pause: prepares a completion of one and of two faces. A search needs none.
  void warm_up() const;

  /// Repairs a batch of faces; none influences another. A search ends early when `stop` says so. A
  /// face without a hole comes back as it is. Throws Error(kInput) when crop and hole differ in
  /// size, Error(kUsage) for options.
  std::vector<RepairedFace> repair(const std::vector<DamagedFace>& faces,
                                   const RepairOptions& options,
                                   const StopCondition& stop = {}) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ganface
