// The options of pse::loss as values: parsed once from the words of the public operators, then carried
// packed through _loss_forward and _loss_backward, whose schemas do not grow with each of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pse::ops {

/** Which pixels count for the text kernels, before the training mask. */
enum class KernelSampleMask : int64_t { kPred, kGt, kUnion };

/** How a training mask is read where OHEM falls back to it: as it is, or as 1 where it is not 0. */
enum class FallbackMask : int64_t { kValue, kNonzero };

/** How a training mask enters the kernel mask: as it is, or as 1 above one half. */
enum class KernelTrainingMask : int64_t { kValue, kAboveHalf };

/** How maps come to label resolution. */
enum class Upsample : int64_t { kNearest, kBilinear, kNone };

/** What OHEM counts as a negative: any pixel without text, or those that are learned. */
enum class NegativePool : int64_t { kAll, kValid };

/** Images without text to learn: counted with their loss of 1, or left out with a loss of 0. */
enum class EmptyImages : int64_t { kInclude, kSkip };

KernelSampleMask parse_kernel_sample_mask(std::string_view word);
FallbackMask parse_fallback_mask(std::string_view word);
KernelTrainingMask parse_kernel_training_mask(std::string_view word);
Upsample parse_upsample(std::string_view word);
NegativePool parse_negative_pool(std::string_view word);
EmptyImages parse_empty_images(std::string_view word);

/**
 * The text threshold in the arithmetic of `maps`: x > result decides exactly as x > text_threshold would in
 * real numbers. Absent: the largest x whose sigmoid rounds to one half, 1.5 · 2^-24 (2^-53 for float64).
 */
double text_threshold_for(std::optional<double> text_threshold, at::ScalarType maps);

/** What decides losses and gradient, besides the two weights. loss.h has the meanings. */
struct LossOptions {
  double ohem_ratio = 3;
  double eps = 1e-6;
  /** As text_threshold_for() gives it. */
  double text_threshold = 0;
  KernelSampleMask kernel_sample_mask = KernelSampleMask::kPred;
  FallbackMask fallback_mask = FallbackMask::kValue;
  KernelTrainingMask kernel_training_mask = KernelTrainingMask::kValue;
  Upsample upsample = Upsample::kNearest;
  NegativePool negative_pool = NegativePool::kAll;
  EmptyImages empty_images = EmptyImages::kInclude;
  bool eps_in_numerator = false;
  bool binarize_labels = false;
  bool align_corners = false;
  /** s of compact labels; 0 where labels are pixels. */
  int64_t compact_scale = 0;

  /** As they travel, and back; throws on what is none of ours. */
  std::vector<double> numbers() const;
  std::vector<int64_t> choices() const;
  static LossOptions unpack(c10::ArrayRef<double> numbers, c10::IntArrayRef choices);

  /** Throws c10::Error unless every number is in its range and no two options contradict each other. */
  void check() const;
};

/** Throws c10::Error unless OHEM can use it. */
void check_ohem_ratio(double ohem_ratio);

/** Throws c10::Error unless a dice loss can use it. */
void check_eps(double eps);

}  // namespace pse::ops
