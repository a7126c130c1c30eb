// SPDX-License-Identifier: MIT
// Owns the text of subtitles as files hold it.
#include "media/subtitle_text.h"

#include <string_view>
#include <utility>

namespace ganface::media {

std::string plain_subtitle(const std::string& markup, bool keep_tags) {
  constexpr std::pair<std::string_view, char> kEntities[] = {{"&amp;", '&'},   {"&lt;", '<'},
                                                             {"&gt;", '>'},    {"&quot;", '"'},
                                                             {"&apos;", '\''}, {"&#39;", '\''}};
  std::string text;
  for (size_t i = 0; i < markup.size();) {
    const size_t end = markup[i] == '<' && !keep_tags ? markup.find('>', i) : std::string::npos;
    if (end != std::string::npos) {
      i = end + 1;
      continue;
    }
    char sign = markup[i];
    size_t length = 1;
    for (const auto& [entity, stands_for] : kEntities)
      if (markup.compare(i, entity.size(), entity) == 0) {
        sign = stands_for;
        length = entity.size();
      }
    text += sign;
    i += length;
  }
  return text;
}

}  // namespace ganface::media
