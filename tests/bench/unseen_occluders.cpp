// SPDX-License-Identifier: MIT
// Owns occluders of kinds and textures that no network was trained on.
#include "unseen_occluders.h"

#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace ganface::bench {
namespace {

constexpr const char* kKinds[] = {"star", "ring", "heart", "cross", "spiral", "letter"};

// White on black.
cv::Mat shape(int kind, int size, cv::RNG& random) {
  cv::Mat mask = cv::Mat::zeros(size, size, CV_8UC1);
  const double radius = random.uniform(0.2, 0.45) * size;
  const cv::Point middle(random.uniform(size / 4, 3 * size / 4),
                         random.uniform(size / 4, 3 * size / 4));
  const double turn = random.uniform(0.0, CV_2PI);
  const cv::Scalar white(255);
  const auto at = [&](double angle, double reach) {
    return cv::Point(cvRound(middle.x + reach * std::cos(angle)),
                     cvRound(middle.y + reach * std::sin(angle)));
  };
  std::vector<cv::Point> outline;
  switch (kind) {
    case 0:
      for (int i = 0; i < 10; ++i)
        outline.push_back(at(turn + i * CV_PI / 5, i % 2 == 0 ? radius : radius * 0.45));
      cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{outline}, white);
      break;
    case 1:
      cv::circle(mask, middle, cvRound(radius * 0.75), white, cvRound(radius * 0.4));
      break;
    case 2:
      for (int i = 0; i < 60; ++i) {
        const double t = i * CV_2PI / 60;
        const double x = 16 * std::pow(std::sin(t), 3),
                     y = -(13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) -
                           std::cos(4 * t));
        outline.push_back(
            {cvRound(middle.x + x * radius / 17), cvRound(middle.y + y * radius / 17)});
      }
      cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{outline}, white);
      break;
    case 3:
      for (int i = 0; i < 2; ++i)
        cv::line(mask, at(turn + i * CV_PI / 2, radius), at(turn + i * CV_PI / 2 + CV_PI, radius),
                 white, cvRound(radius * 0.5));
      break;
    case 4:
      for (int i = 0; i < 60; ++i)
        cv::line(mask, at(turn + i * 0.2, radius * i / 60),
                 at(turn + (i + 1) * 0.2, radius * (i + 1) / 60), white, cvRound(radius * 0.22));
      break;
    default: {
      constexpr const char* kLetters[] = {"A", "B", "&", "8", "W", "@"};
      cv::putText(mask, kLetters[random.uniform(0, 6)],
                  {middle.x - cvRound(radius), middle.y + cvRound(radius)},
                  cv::FONT_HERSHEY_COMPLEX, radius / 13, white, cvRound(radius * 0.3), cv::LINE_8);
    }
  }
  return mask;
}

cv::Mat texture(int kind, int size, cv::RNG& random) {
  cv::Mat result(size, size, CV_8UC3);
  const cv::Vec3d first(random.uniform(0, 256), random.uniform(0, 256), random.uniform(0, 256));
  const cv::Vec3d second(random.uniform(0, 256), random.uniform(0, 256), random.uniform(0, 256));
  cv::Mat clouds(6, 6, CV_32F);
  random.fill(clouds, cv::RNG::UNIFORM, 0, 1);
  cv::resize(clouds, clouds, {size, size}, 0, 0, cv::INTER_CUBIC);
  const double rate = random.uniform(0.15, 0.7);
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      double share = clouds.at<float>(y, x);
      if (kind == 0)
        share = 0.5 + 0.5 * std::sin(rate * std::hypot(x - size / 3.0, y - size / 2.0));
      if (kind == 1) share = 0.5 + 0.5 * std::sin(rate * (x + 9 * std::sin(y * 0.11)));
      if (kind == 2)
        share = std::hypot(std::fmod(x, 12.0) - 6, std::fmod(y, 12.0) - 6) < 3.5 ? 1 : 0;
      for (int c = 0; c < 3; ++c)
        result.at<cv::Vec3b>(y, x)[c] =
            cv::saturate_cast<uint8_t>(first[c] + (second[c] - first[c]) * share);
    }
  return result;
}

}  // namespace

UnseenOccluder cover(const Image& crop, int number) {
  cv::RNG random(static_cast<uint64_t>(number) * 7919 + 17);
  UnseenOccluder result;
  const int kind = number % 6;
  result.kind = kKinds[kind];
  result.picture = crop;
  result.covered = Image(crop.width, crop.height, 1);
  cv::Mat picture(crop.height, crop.width, CV_8UC3, result.picture.pixels.data());
  cv::Mat covered(crop.height, crop.width, CV_8UC1, result.covered.pixels.data());
  shape(kind, crop.width, random).copyTo(covered);
  cv::Mat alpha;
  cv::GaussianBlur(covered, alpha, {3, 3}, 0);
  const cv::Mat surface = texture(random.uniform(0, 4), crop.width, random);
  for (int y = 0; y < crop.height; ++y)
    for (int x = 0; x < crop.width; ++x) {
      const double share = alpha.at<uint8_t>(y, x) / 255.0;
      cv::Vec3b& colour = picture.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c)
        colour[c] = cv::saturate_cast<uint8_t>(
            colour[c] + (surface.at<cv::Vec3b>(y, x)[c] - colour[c]) * share);
    }
  return result;
}

Image tinted(const Image& crop, const Image& covered) {
  Image result = crop;
  for (size_t i = 0; i < covered.pixels.size(); ++i)
    if (covered.pixels[i] >= 128)
      for (size_t c = 0; c < 3; ++c)
        result.pixels[3 * i + c] =
            static_cast<uint8_t>((result.pixels[3 * i + c] + (c == 0 ? 3 * 255 : 0)) / 4);
  return result;
}

}  // namespace ganface::bench
