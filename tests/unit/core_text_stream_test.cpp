// SPDX-License-Identifier: MIT
// Tests of streams over texts.
#include "core/text_stream.h"

#include <gtest/gtest.h>

#include <istream>
#include <new>
#include <ostream>
#include <streambuf>
#include <string>
#include <vector>

namespace ganface::core {
namespace {

// Stands for a stream that finds no memory.
struct NoMemory : std::streambuf {
  int_type underflow() override { throw std::bad_alloc(); }
  int_type overflow(int_type) override { throw std::bad_alloc(); }
};

TEST(TextReader, ReadsWords) {
  TextReader reader("a  b=1\nc");
  std::vector<std::string> words;
  for (std::string word; reader >> word;) words.push_back(word);
  EXPECT_EQ(words, (std::vector<std::string>{"a", "b=1", "c"}));
}

TEST(TextReader, ThrowsWhatTheStandardsStreamKeepsToItself) {
  NoMemory none;
  std::string word;
  std::istringstream standard("a");
  static_cast<std::istream&>(standard).rdbuf(&none);
  EXPECT_NO_THROW(standard >> word);
  TextReader reader("a");
  static_cast<std::istream&>(reader).rdbuf(&none);
  EXPECT_THROW(reader >> word, std::bad_alloc);
}

TEST(TextWriter, ThrowsWhatTheStandardsStreamKeepsToItself) {
  NoMemory none;
  std::ostringstream standard;
  static_cast<std::ostream&>(standard).rdbuf(&none);
  EXPECT_NO_THROW(standard << "a");
  TextWriter writer;
  writer << 1.5 << " b";
  EXPECT_EQ(writer.str(), "1.5 b");
  static_cast<std::ostream&>(writer).rdbuf(&none);
  EXPECT_THROW(writer << "a", std::bad_alloc);
}

}  // namespace
}  // namespace ganface::core
