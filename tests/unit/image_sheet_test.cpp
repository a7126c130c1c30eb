// SPDX-License-Identifier: MIT
// Owns the unit tests of contact sheets.
#include <ganface/error.h>
#include <ganface/sheet.h>
#include <gtest/gtest.h>

namespace ganface {
namespace {

TEST(ContactSheet, PlacesImagesRowByRowAndLeavesMissingCellsBlack) {
  Image grey(2, 1, 1);
  grey.pixels = {7, 9};
  const Image sheet = contact_sheet({Image(2, 1, 3, 10), grey, Image(2, 1, 3, 30)}, 2);
  EXPECT_EQ(sheet.width, 4);
  EXPECT_EQ(sheet.height, 2);
  EXPECT_EQ(sheet.channels, 3);
  EXPECT_EQ(sheet.pixels, (std::vector<uint8_t>{10, 10, 10, 10, 10, 10, 7, 7, 7, 9, 9, 9,  //
                                                30, 30, 30, 30, 30, 30, 0, 0, 0, 0, 0, 0}));
}

TEST(ContactSheet, RefusesImagesOfDifferentSizes) {
  EXPECT_THROW(contact_sheet({Image(2, 1, 3), Image(1, 2, 3)}, 2), Error);
}

TEST(ContactSheet, RefusesNoImagesAndNoColumns) {
  EXPECT_THROW(contact_sheet({}, 2), Error);
  EXPECT_THROW(contact_sheet({Image(1, 1, 3)}, 0), Error);
}

}  // namespace
}  // namespace ganface
