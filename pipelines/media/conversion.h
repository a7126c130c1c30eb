// SPDX-License-Identifier: MIT
// Owns the way of one input through one pipeline to one output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "media/element_options.h"
#include "media/media_source.h"
#include "media/output_format.h"
#include "media/pipeline_error.h"
#include "media/repair_chain.h"

namespace ganface::media {

struct ConversionRequest {
  FileNames names;                   ///< for messages, and the file to read
  std::optional<FrameFiles> frames;  ///< read these numbered files instead of names.input
  std::string write_to;              ///< file, or a printf pattern with one %d when numbered
  bool numbered = false;             ///< write one image a frame
  int first_number = 1;              ///< of the numbered files
  const OutputFormat* format = nullptr;
  const ElementOptions* options = nullptr;
  bool preview = false;
  bool is_one_of_many =
      false;  ///< a picture that does not fit is the input's fault, not the user's
};

struct ConversionState {
  double share = 0;  ///< of the work, 0 to 1
  uint64_t frames = 0;
  FaceCounts faces;
};

/// What a conversion has come to.
struct ConvertedFile : ConversionState {
  /// In what the result differs from the input beside its faces, a line each: tracks that are
  /// re-encoded, what the format does not hold.
  std::vector<std::string> losses;
};

/// Follows a conversion; called on the thread that runs it.
class ConversionObserver {
 public:
  virtual ~ConversionObserver() = default;
  /// At least ten times a second.
  virtual void progressed(const ConversionState& state) = 0;
  /// What became of the next frame: ganinpaint's message "ganinpaint-report".
  virtual void reported(const GstStructure* report) = 0;
  /// What the user should know, in one line: a decoder's warning, a crowd.
  virtual void noted(const std::string& note) = 0;
};

/// Repairs what request.names.input holds and writes the result to request.write_to, which is
/// incomplete until the function returns. Of a JPEG file that holds several pictures (MPO, a gain
/// map), the first makes a picture. Throws Error for everything that goes wrong, also when nothing
/// moves any more for 10 s. Ask conversions_at_a_time() before the first one.
ConvertedFile convert(const ConversionRequest& request, ConversionObserver& observer);

}  // namespace ganface::media
