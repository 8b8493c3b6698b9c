#include "options.h"

#include <c10/util/Exception.h>

#include <array>
#include <cmath>
#include <limits>

namespace pse::ops {
namespace {

/** The words of an option, by value of its enum. */
template <size_t Count>
struct Words {
  const char* option;
  std::array<std::string_view, Count> words;
};

constexpr Words<3> kKernelSampleMasks{"kernel_sample_mask", {"pred", "gt", "union"}};
constexpr Words<2> kFallbackMasks{"fallback_mask", {"value", "nonzero"}};
constexpr Words<2> kKernelTrainingMasks{"kernel_training_mask", {"value", "above-half"}};
constexpr Words<3> kUpsamples{"upsample", {"nearest", "bilinear", "none"}};
constexpr Words<2> kNegativePools{"negative_pool", {"all", "valid"}};
constexpr Words<2> kEmptyImages{"empty_images", {"include", "skip"}};

/** The value of a word; throws on any other, where upstream silently takes something. */
template <typename Choice, size_t Count>
Choice parse(const Words<Count>& of, std::string_view word) {
  std::string known;
  for (size_t i = 0; i < Count; ++i) {
    if (of.words[i] == word) return static_cast<Choice>(i);
    known += (i == 0 ? "'" : i + 1 == Count ? " or '" : ", '") + std::string(of.words[i]) + "'";
  }
  TORCH_CHECK(false, "pse::loss: expected ", of.option, " to be ", known, ", got '", word, "'");
}

template <typename Choice, size_t Count>
Choice unpack_choice(const Words<Count>& of, int64_t value) {
  TORCH_CHECK(value >= 0 && value < static_cast<int64_t>(Count), "pse::loss: ", of.option,
              " has no value ", value);
  return static_cast<Choice>(value);
}

template <typename Choice>
int64_t pack(Choice choice) {
  return static_cast<int64_t>(choice);
}

}  // namespace

KernelSampleMask parse_kernel_sample_mask(std::string_view word) {
  return parse<KernelSampleMask>(kKernelSampleMasks, word);
}
FallbackMask parse_fallback_mask(std::string_view word) {
  return parse<FallbackMask>(kFallbackMasks, word);
}
KernelTrainingMask parse_kernel_training_mask(std::string_view word) {
  return parse<KernelTrainingMask>(kKernelTrainingMasks, word);
}
Upsample parse_upsample(std::string_view word) { return parse<Upsample>(kUpsamples, word); }
NegativePool parse_negative_pool(std::string_view word) {
  return parse<NegativePool>(kNegativePools, word);
}
EmptyImages parse_empty_images(std::string_view word) {
  return parse<EmptyImages>(kEmptyImages, word);
}

double text_threshold_for(std::optional<double> text_threshold, at::ScalarType maps) {
  const bool is_double = maps == at::kDouble;
  if (!text_threshold) return std::ldexp(1.5, is_double ? -53 : -24);
  if (is_double) return *text_threshold;
  // ATen rounds a scalar to the tensor's dtype, upwards too; a float32 x lies above t exactly if it lies
  // above the largest float32 that is not above t.
  auto rounded = static_cast<float>(*text_threshold);
  if (rounded > *text_threshold) {
    rounded = std::nextafter(rounded, -std::numeric_limits<float>::infinity());
  }
  return rounded;
}

std::vector<double> LossOptions::numbers() const { return {ohem_ratio, eps, text_threshold}; }

std::vector<int64_t> LossOptions::choices() const {
  return {pack(kernel_sample_mask),
          pack(fallback_mask),
          pack(kernel_training_mask),
          pack(upsample),
          pack(negative_pool),
          pack(empty_images),
          eps_in_numerator,
          binarize_labels,
          align_corners,
          compact_scale};
}

LossOptions LossOptions::unpack(c10::ArrayRef<double> numbers, c10::IntArrayRef choices) {
  TORCH_CHECK(numbers.size() == 3 && choices.size() == 10,
              "pse::loss: expected 3 numbers and 10 choices, got ", numbers.size(), " and ",
              choices.size());
  const LossOptions options{
      .ohem_ratio = numbers[0],
      .eps = numbers[1],
      .text_threshold = numbers[2],
      .kernel_sample_mask = unpack_choice<KernelSampleMask>(kKernelSampleMasks, choices[0]),
      .fallback_mask = unpack_choice<FallbackMask>(kFallbackMasks, choices[1]),
      .kernel_training_mask = unpack_choice<KernelTrainingMask>(kKernelTrainingMasks, choices[2]),
      .upsample = unpack_choice<Upsample>(kUpsamples, choices[3]),
      .negative_pool = unpack_choice<NegativePool>(kNegativePools, choices[4]),
      .empty_images = unpack_choice<EmptyImages>(kEmptyImages, choices[5]),
      .eps_in_numerator = choices[6] != 0,
      .binarize_labels = choices[7] != 0,
      .align_corners = choices[8] != 0,
      .compact_scale = choices[9]};
  options.check();
  return options;
}

void check_ohem_ratio(double ohem_ratio) {
  TORCH_CHECK(ohem_ratio >= 0 && std::isfinite(ohem_ratio),
              "pse::loss: expected ohem_ratio to be finite and at least 0, got ", ohem_ratio);
}

void check_eps(double eps) {
  TORCH_CHECK(eps > 0 && std::isfinite(eps),
              "pse::loss: expected eps to be finite and above 0, got ", eps);
}

void LossOptions::check() const {
  check_ohem_ratio(ohem_ratio);
  check_eps(eps);
  TORCH_CHECK(!align_corners || upsample == Upsample::kBilinear,
              "pse::loss: align_corners belongs to upsample='bilinear'");
  TORCH_CHECK(compact_scale >= 0 && compact_scale <= 255,
              "pse::loss: expected the scale of compact labels to be 1 to 255, got ",
              compact_scale);
}

}  // namespace pse::ops
