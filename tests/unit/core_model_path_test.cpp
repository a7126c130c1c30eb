// SPDX-License-Identifier: MIT
// Owns the unit tests of where model files are looked for.
#include <ganface/model_path.h>

#include "temporary_folder.h"

namespace ganface {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;
using testing::write_file;

constexpr char kVariable[] = "GANFACE_MODEL_PATH";

class FindModel : public ::testing::Test {
 protected:
  void TearDown() override { unsetenv(kVariable); }
  static void set_path(const std::string& value) { setenv(kVariable, value.c_str(), 1); }
};

TEST_F(FindModel, FindsANameInTheFirstFolderOfTheVariableThatHoldsIt) {
  const TemporaryFolder empty, first, second;
  write_file(first / "unit-model.safetensors", "");
  write_file(second / "unit-model.safetensors", "");
  set_path(empty.path().string() + "::" + first.path().string() + ":" + second.path().string());
  EXPECT_EQ(find_model("unit-model"), first / "unit-model.safetensors");
}

TEST_F(FindModel, TakesAPathAsItIs) {
  const TemporaryFolder folder;
  write_file(folder / "any.name", "");
  EXPECT_EQ(find_model((folder / "any.name").string()), folder / "any.name");
}

TEST_F(FindModel, ListsThePlacesWhenANameIsMissing) {
  const TemporaryFolder folder;
  set_path(folder.path().string());
  expect_error(ErrorCode::kModel,
               {"'unit-model'", kVariable, (folder / "unit-model.safetensors").string(),
                "/share/ganface/models/unit-model.safetensors"},
               [] { find_model("unit-model"); });
}

TEST_F(FindModel, DoesNotLookForAPathInTheFolders) {
  const TemporaryFolder folder;
  write_file(folder / "unit-model.safetensors", "");
  set_path(folder.path().string());
  expect_error(ErrorCode::kModel, {"'unit-model.safetensors'", "no such file"},
               [] { find_model("unit-model.safetensors"); });
}

}  // namespace
}  // namespace ganface
