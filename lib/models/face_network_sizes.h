// SPDX-License-Identifier: MIT
// Owns the sizes of what the face networks see, for those who cut it out.
#pragma once

namespace ganface::nn {

/// Side of the aligner's window in pixels, and how much of the canonical square's side it spans
/// when the square is where it is thought to be.
constexpr int kAlignerSize = 96;
constexpr double kAlignerWindow = 1.4;

/// Deep funneling leaves faces turned by this much, radians, against the canonical crop, in which
/// they stand upright: the median of the training people. A training on LFW's own frames, half of
/// them mirrored, takes it back.
constexpr double kFunneledTilt = -0.023;

/// Where an aligner's window was cut out: about where the face was in the frame before, where a
/// detector saw it, or where the aligner itself then put it. The first says much of where the face
/// is; the second must not be believed; the third is mostly right.
enum class AlignerEstimate { kTracked, kFound, kSettled };
constexpr int kAlignerEstimates = 3;

/// Side of the head crop in sides of the canonical crop, which has the same centre.
constexpr double kHeadSpan = 1.5;
/// Side of the head crop that occluders are segmented on, pixels.
constexpr int kSegmenterSize = 160;
/// What a pixel of it may show: nothing that covers a face, then the kinds of occluders in the
/// order of ganface::OccluderKind.
constexpr int kOccluderKinds = 6;
/// Degrees that a segmenter's pose of 1 stands for.
constexpr double kPoseUnit = 45;

/// Side of the crops that the completion network works on, pixels.
constexpr int kCompletionSize = 128;
/// Side of the grid on which it says how a reference is moved and relit.
constexpr int kFieldSize = 16;

}  // namespace ganface::nn
