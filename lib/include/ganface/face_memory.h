// SPDX-License-Identifier: MIT
// Owns what is remembered of each face of a video from frame to frame.
#pragma once

#include <ganface/api.h>
#include <ganface/repair.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

namespace ganface {

/// What each face of a video looked like when it was not covered, at its own resolution, and its
/// last repair. Bounded: at most `most` faces of at most 512 x 512 pixels; the one that was not
/// seen for longest goes first, and so does one that was not seen for ten seconds' worth of frames.
/// Of more faces in one frame, those beyond `most` are not remembered.
///
/// A frame in which nothing covers the face becomes the memory only once some more such frames
/// followed: what covers a face is often missed in the first frames in which it does. A face that
/// is covered from the start is remembered in parts, as they come to light.
class GANFACE_API FaceMemory {
 public:
  explicit FaceMemory(size_t most = 16) : most_(most) {}

  /// The side in pixels to take the crop of a face in that covers `pixels` of the frame: 128 to
  /// 512, in few steps.
  static int crop_side(double pixels);

  /// Begins a frame, and returns its number; faces that have not been seen for long are forgotten.
  int64_t begin_frame();

  /// Takes note that nothing covers a face in this frame. True when its crop is worth taking, for
  /// look(): from one frame to the next it hardly changes.
  bool see(uint32_t id);

  /// Takes in a face that nothing covers: its crop, and what of it lies in the frame (1 channel,
  /// 255 = inside).
  void look(uint32_t id, const Image& crop, const Image& inside);

  /// Takes note that a face is covered in this frame, and gives what is remembered of it:
  /// reference, known, start, prior_sample.
  void recall(uint32_t id, DamagedFace& face);

  /// Takes in a face of frame `frame` as it was repaired, `face` as recall() left it, and steadies
  /// the repair: where it shows about the same as in the repair before, it is mixed with that.
  /// `inside` as in look(), or empty: then only the search's z is remembered. The frame may be long
  /// past: what the face has been seen to be since counts for more.
  void learn(uint32_t id, int64_t frame, const DamagedFace& face, const Image& inside,
             RepairedFace& repaired);

  /// What a damaged face shows in a frame that there is no time to repair: its last completion, or
  /// else what is remembered of it; completion and alpha, of the crop's size. The face counts as
  /// seen. Empty images when nothing is known.
  RepairedFace fallback(uint32_t id, const DamagedFace& face, const RepairOptions& options);

  /// Whether there is something that the face could show meanwhile.
  bool has_fallback(uint32_t id) const;

  void forget() { faces_.clear(); }
  void forget(uint32_t id) { faces_.erase(id); }

  size_t size() const { return faces_.size(); }
  /// Bytes of the images that are kept.
  size_t bytes() const;

 private:
  // A look at the face: its crop, and where it shows the face.
  struct Look {
    Image crop, known;
    int64_t frame = 0;
  };
  struct Face {
    std::optional<Look> memory, candidate;
    Image last;                 // completion of frame learned, while the face is covered
    ReferenceMatch last_match;  // of it with the memory
    std::vector<float> latent;
    Image prior_sample;
    int64_t guessed = 0;  // frame of the prior_sample
    int64_t last_seen = 0;
    int64_t seen_clean = 0;  // the last frame in which nothing covered it
    int64_t learned = 0;     // the last frame whose repair was taken in
    int64_t remembered = 0;  // the first frame that recalled `memory` as it is

    // A candidate is not proven, but better than nothing.
    const std::optional<Look>& best_look() const { return memory ? memory : candidate; }
  };

  // Null when there is no room: all that are known are in this frame.
  Face* face_of(uint32_t id);
  // `from`: the first frame whose recall() gives the look.
  void remember(Face& face, Look look, int64_t from);
  void promote_candidate(Face& face, int64_t from);
  // Whether a repair of this frame was given the look that is the memory now.
  static bool knew_memory(const Face& face, int64_t frame) { return face.remembered <= frame; }
  // Keeps of a repair what later ones start from.
  static void keep_start(Face& face, int64_t frame, const DamagedFace& damaged,
                         const RepairedFace& repaired);
  // What a frame shows of the face now, and, where the memory was trusted, its repair.
  static Look look_of(const DamagedFace& damaged, const Image& seen, const RepairedFace& repaired,
                      int64_t frame);
  // Takes a frame's look at the face into the memory. Whether the memory is another look now than
  // the repair was given.
  bool learn_look(Face& face, int64_t frame, const DamagedFace& damaged, const Image& inside,
                  const RepairedFace& repaired);

  size_t most_;
  int64_t frame_ = 0;
  std::map<uint32_t, Face> faces_;
};

}  // namespace ganface
