// SPDX-License-Identifier: MIT
// Owns what lens, camera and codec take from synthetic pictures.
#pragma once

#include "train/synthetic/painting.h"

namespace ganface::train {

/// Each pixel the mean of its neighbourhood, 3 x 3 pixels.
void blur(Image& picture);

/// Unsharp masking, as cameras do: adds `amount` times what `passes` of blur() take away.
void sharpen(Image& picture, int passes, float amount);

/// Makes a part of a head crop soft and tints it a little, as retouching does, shallow focus or
/// motion: it shows less of the face and covers nothing.
void soften_part(Image& crop, Random& random);

/// A black and white picture.
void make_grey(Image& picture);

/// Light that the air or the lens adds, and a camera that makes little of dark and bright.
void haze(Image& picture, Random& random);

/// The picture ends inside a square crop, as selfies do: its border is repeated from there on.
/// -> what the picture itself still shows.
PixelBox repeat_border(Image& crop, Random& random);

/// What a camera and a codec do to a picture: exposure, colour cast, blur, noise, lost detail.
void photograph_badly(Image& picture, Random& random, float strength = 1);

}  // namespace ganface::train
