// SPDX-License-Identifier: MIT
// Owns the end of a pipeline: encoder, muxer, file, and the tracks that pass by the repair.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "media/media_source.h"
#include "media/output_format.h"

namespace ganface::media {

/// The file that a pipeline writes.
class OutputStreams {
 public:
  using Note = std::function<void(const std::string&)>;

  /// Adds muxer and sink to `pipeline`. `sink`: "filesink" or "multifilesink", with its location
  /// set by the caller through sink().
  OutputStreams(GstBin* pipeline, const OutputFormat& format, const std::string& sink, Note note);

  GstElement* sink() const { return sink_; }
  /// Frames that the encoder has made, which may be fewer than it was given. Any thread may ask.
  std::shared_ptr<const std::atomic<uint64_t>> encoded() const { return encoded_; }

  /// Encodes raw video that comes out of `source`.
  void add_video(GstElement* source);
  /// Copies an audio or subtitle track when the muxer takes it, re-encodes audio that it does not
  /// take, and leaves the rest out; says what is not copied. `description`: "audio track 2".
  /// Whether the track is in the result.
  bool add_track(const MediaStream& stream, const std::string& description);
  /// Reads the stream and throws it away.
  void leave_out(const MediaStream& stream);

 private:
  bool copy(const MediaStream& stream);
  bool copy_subtitles(const MediaStream& stream);
  // Whether the muxer takes what the format's audio encoder makes.
  bool encode_audio(const MediaStream& stream);
  void link_to_muxer(GstElement* from, GstPadTemplate* to);

  GstBin* pipeline_;
  const OutputFormat& format_;
  GstElement *muxer_ = nullptr, *sink_ = nullptr;
  Note note_;
  std::shared_ptr<std::atomic<uint64_t>> encoded_ = std::make_shared<std::atomic<uint64_t>>(0);
};

/// Adds a decoder for what comes out of `from`; raw media of `type` ("video/", "audio/") go to
/// `to`.
void add_decoder(GstBin* pipeline, GstElement* from, const char* type, GstElement* to);

/// Links a held-back stream to an element. Throws Error(kInternal).
void link_stream(const MediaStream& stream, GstElement* to);

}  // namespace ganface::media
