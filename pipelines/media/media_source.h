// SPDX-License-Identifier: MIT
// Owns the reading of a media file up to its elementary streams: found, parsed, not yet decoded.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "media/owned.h"

namespace ganface::media {

/// Files that are the frames of one video: a printf pattern with one %d, and which numbers exist.
struct FrameFiles {
  std::string pattern;
  int first = 0, count = 0;
  std::string framerate = "25/1";

  /// The file of the n-th frame, counted from 0.
  std::string file(int n) const;
};

/// One elementary stream, held back until release().
struct MediaStream {
  Owned<GstPad> pad;  ///< out of `queue`
  Owned<GstCaps> caps;
  GstElement* queue = nullptr;  ///< so that a stream held back does not hold back the others
  gulong block = 0;

  const char* media_type() const;
  bool is(const char* prefix) const;
};

/// A file, or numbered files, in a pipeline: source and parsebin.
class MediaSource {
 public:
  /// Adds the elements to `pipeline`. Posts the application message kStreamsKnown once, when
  /// every stream is known; where a demuxer never says that it has shown all of them, never.
  MediaSource(GstBin* pipeline, const std::string& file);
  MediaSource(GstBin* pipeline, const FrameFiles& files);
  MediaSource(const MediaSource&) = delete;
  MediaSource& operator=(const MediaSource&) = delete;

  static constexpr const char* kStreamsKnown = "ganface-streams-known";

  /// A stream that begins after the data were let flow, and is lost: an application message whose
  /// string field "type" is its media type.
  static constexpr const char* kStreamIsLate = "ganface-stream-is-late";

  /// Throws what a thread of GStreamer's met while it showed a stream.
  void check();
  /// Whether data of a stream have come and wait for release().
  bool has_data() const { return has_data_; }
  /// Whether every stream found so far has said what it is, up to the form of its packets.
  bool has_caps();
  /// From now on a further stream is late. In the file's order.
  const std::vector<MediaStream>& close_streams();
  /// Only after close_streams().
  const std::vector<MediaStream>& streams() const { return streams_; }
  /// Lets the data flow; every stream must be linked.
  void release();

  /// Length that the container gives; none when it gives none or only guesses.
  std::optional<GstClockTime> stated_duration() const;
  /// Packets that have passed, of all streams.
  uint64_t packets() const { return packets_; }
  /// Where the last packet of any stream that has passed so far ends.
  GstClockTime end_of_data() const { return end_of_data_; }

 private:
  void add_parser(GstElement* source);
  void add_whole_picture(GstElement* source);
  void add_stream(GstPad* pad, Owned<GstCaps> caps);
  void stream_found(GstPad* pad);
  void shown();
  void all_are_known();
  void post(GstStructure* message);
  void packet_passed(GstPad* pad, GstBuffer* buffer);

  GstBin* pipeline_;
  GstElement* parser_ = nullptr;
  std::mutex mutex_;  // streams are found on streaming threads
  std::vector<MediaStream> streams_;
  bool closed_ = false;
  std::exception_ptr failure_;
  std::atomic<int> searching_{0};  // demuxers that may show further pads
  std::atomic<bool> has_data_{false}, known_{false};
  std::atomic<GstClockTime> end_of_data_{0};
  std::atomic<uint64_t> packets_{0};
};

}  // namespace ganface::media
