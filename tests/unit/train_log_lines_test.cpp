// SPDX-License-Identifier: MIT
// Owns the unit tests of the reading of training logs.
#include <gtest/gtest.h>

#include "temporary_folder.h"
#include "train/loop/log_lines.h"

namespace ganface::train {
namespace {

using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

TEST(LogLines, KeepsWhatWasWrittenUpToAStepAndDropsTornLines) {
  const TemporaryFolder folder;
  write_file(folder / "log", "{\"step\": 0}\n{\"step\": 5}\n[1]\n{\"step\": 6}\n{\"st");
  EXPECT_EQ(lines_until(folder / "log", 5), "{\"step\": 0}\n{\"step\": 5}\n");
}

TEST(LogLines, CountsAStepThatIsNoNumberAs0) {
  const TemporaryFolder folder;
  const std::string odd = "{\"step\":\"x\"}\n{\"step\":null}\n{}\n{\"step\":-1e300}\n";
  write_file(folder / "log", odd + "{\"step\":18446744073709551615}\n{\"step\":1e300}\n");
  EXPECT_EQ(lines_until(folder / "log", 5), odd);
}

TEST(LogLines, WritesATableInWhichWhatIsNoNumberIs0) {
  const TemporaryFolder folder;
  write_file(folder / "log",
             "{\"epoch\":0.5,\"value\":-1,\"divergence\":0.25,\"real_score\":0.75,"
             "\"fake_score\":0.125}\n"
             "{\"epoch\":\"x\",\"value\":null,\"real_score\":[2],\"fake_score\":1}\n"
             "{\"step\":3}\n7\n\"epoch\"\n[\"epoch\"]\n{\"epo");
  EXPECT_EQ(write_table(folder / "log", folder / "table"), false);
  EXPECT_EQ(read_file(folder / "table"), "0.5 -1 0.25 0.75 0.125 0\n0 0 0 0 1 0\n");
}

TEST(LogLines, SaysWhetherThereIsAnEncodersLoss) {
  const TemporaryFolder folder;
  write_file(folder / "log", "{\"epoch\":1,\"reconstruction\":0.5}\n");
  EXPECT_EQ(write_table(folder / "log", folder / "table"), true);
  EXPECT_EQ(read_file(folder / "table"), "1 0 0 0 0 0.5\n");
}

}  // namespace
}  // namespace ganface::train
