#include "labels.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace pse::ops {
namespace {

using at::Tensor;

/** [N] → [N, 1, 1]: to meet images. */
Tensor per_image(const Tensor& values) { return values.view({-1, 1, 1}); }

/** Truth values of pixels → int64 [N] */
Tensor count_pixels(const Tensor& pixels) { return pixels.sum({1, 2}, false, at::kLong); }

/** Labels as pixels, of any value. */
class PixelLabels final : public Labels {
 public:
  PixelLabels(at::TensorList labels, const LossOptions& options, int64_t scale,
              at::ScalarType dtype)
      : options_(options),
        scale_(scale),
        dtype_(dtype),
        gt_texts_(target(labels[0])),
        gt_kernels_(labels[1]),
        training_masks_(labels[2].to(dtype)) {}

  Tensor positives() const override { return count_positives(gt_texts_, training_masks_); }

  Tensor has_text() const override {
    return count_pixels(gt_texts_.gt(0.5).logical_and(training_masks_.gt(0.5))).ne(0);
  }

  Tensor negatives() const override {
    return fold(negative_pixels(gt_texts_, training_masks_, options_.negative_pool).to(dtype_))
        .to(at::kLong);
  }

  DiceSums text(const Tensor& hard, const Tensor& mined) const override {
    return sums(gt_texts_, selected_mask(hard, mined));
  }

  DiceSums kernel(int64_t k, const Tensor& predicted) const override {
    return sums(kernel_target(k), kernel_mask(predicted));
  }

  IouCounts text_iou() const override { return iou(gt_texts_, training_masks_); }

  IouCounts kernel_iou() const override {
    return iou(kernel_target(gt_kernels_.size(1) - 1), masked(gt_texts_, training_masks_));
  }

  Tensor selected_mask(const Tensor& hard, const Tensor& mined) const override {
    return select_pixels(unfold(hard), mined, gt_texts_, training_masks_, options_.fallback_mask);
  }

  Tensor kernel_mask(const Tensor& predicted) const override {
    const bool whole = options_.kernel_training_mask == KernelTrainingMask::kValue;
    const Tensor training = whole ? training_masks_ : training_masks_.gt(0.5).to(dtype_);
    switch (options_.kernel_sample_mask) {
      case KernelSampleMask::kPred:
        return masked(unfold(predicted).to(dtype_), training);
      case KernelSampleMask::kGt:
        return masked(gt_texts_, training);
      case KernelSampleMask::kUnion:
        // Of targets in 0…1 the larger of the two.
        return masked(at::where(unfold(predicted), at::ones({}, gt_texts_.options()), gt_texts_),
                      training);
    }
    return {};
  }

 private:
  /** A target in the dtype of the loss. */
  Tensor target(const Tensor& label) const {
    return options_.binarize_labels ? label.to(dtype_).gt(0.5).to(dtype_) : label.to(dtype_);
  }

  /** [N, H, W]; one channel is converted at a time. */
  Tensor kernel_target(int64_t k) const { return target(gt_kernels_.select(1, k)); }

  DiceSums sums(const Tensor& g, const Tensor& mask) const {
    const Tensor truth = masked(g, mask);
    return {fold(truth * mask), fold(mask * mask), sum_image(truth * truth)};
  }

  IouCounts iou(const Tensor& g, const Tensor& mask) const {
    const Tensor valid = mask.eq(1);
    const auto count = [&](const Tensor& pixels) { return fold(pixels.to(dtype_)); };
    return {count(valid), count(valid.logical_and(g.eq(1))), count(valid.logical_and(g.eq(0)))};
  }

  /** The sum of each block, [N, H, W] → [N, r, c]. */
  Tensor fold(const Tensor& pixels) const {
    if (scale_ == 1) return pixels;
    const int64_t images = pixels.size(0), height = pixels.size(1), width = pixels.size(2);
    return pixels.reshape({images, height / scale_, scale_, width / scale_, scale_}).sum({2, 4});
  }

  /** Its adjoint: each value on every pixel of its block, [N, r, c] → [N, H, W]. */
  Tensor unfold(const Tensor& blocks) const {
    if (scale_ == 1) return blocks;
    const int64_t images = blocks.size(0), rows = blocks.size(1), columns = blocks.size(2);
    return blocks.view({images, rows, 1, columns, 1})
        .expand({images, rows, scale_, columns, scale_})
        .reshape({images, rows * scale_, columns * scale_});
  }

  LossOptions options_;
  int64_t scale_;
  at::ScalarType dtype_;
  Tensor gt_texts_;        // [N, H, W]
  Tensor gt_kernels_;      // [N, Kg, H, W], as it came
  Tensor training_masks_;  // [N, H, W]
};

/** Binary labels as counts, [N, 3 + 2Kg, h, w]: g, m, m·g, m·k of each kernel, m·g·k of each kernel. */
class CountLabels final : public Labels {
 public:
  CountLabels(const Tensor& counts, const LossOptions& options, at::ScalarType dtype)
      : options_(options), dtype_(dtype), counts_(counts), kernels_((counts.size(1) - 3) / 2) {}

  Tensor positives() const override { return count(2).sum({1, 2}, false, at::kLong); }

  Tensor has_text() const override { return positives().ne(0); }

  Tensor negatives() const override {
    const int64_t pixels = options_.compact_scale * options_.compact_scale;
    const bool all = options_.negative_pool == NegativePool::kAll;
    const Tensor negatives = all ? pixels - count(0) : count(1) - count(2);
    // Counts are the user's: a wrong one must not become a negative weight.
    return negatives.clamp_min(0).to(at::kLong);
  }

  DiceSums text(const Tensor& hard, const Tensor& mined) const override {
    return sums(count(2), selected_mask(hard, mined));
  }

  DiceSums kernel(int64_t k, const Tensor& predicted) const override {
    return sums(inside(predicted, count(3 + k), count(3 + kernels_ + k)), kernel_mask(predicted));
  }

  IouCounts text_iou() const override { return {count(1), count(2), count(1) - count(2)}; }

  IouCounts kernel_iou() const override {
    const Tensor last = count(2 + 2 * kernels_);
    return {count(2), last, count(2) - last};
  }

  Tensor selected_mask(const Tensor& hard, const Tensor& mined) const override {
    const Tensor kept = at::where(hard, count(1), count(2));
    return at::where(per_image(mined), kept, count(1));
  }

  Tensor kernel_mask(const Tensor& predicted) const override {
    return inside(predicted, count(1), count(2));
  }

 private:
  /** One plane, [N, h, w], in the dtype of the loss. */
  Tensor count(int64_t plane) const { return counts_.select(1, plane).to(dtype_); }

  /** Of learned pixels, and of learned pixels of text, those in the kernel mask. */
  Tensor inside(const Tensor& predicted, const Tensor& learned, const Tensor& of_text) const {
    switch (options_.kernel_sample_mask) {
      case KernelSampleMask::kPred:
        return masked(learned, predicted.to(dtype_));
      case KernelSampleMask::kGt:
        return of_text;
      case KernelSampleMask::kUnion:
        return at::where(predicted, learned, of_text);
    }
    return {};
  }

  /** Of 0 and 1 every square is the value itself. */
  static DiceSums sums(const Tensor& truth, const Tensor& mask) {
    return {truth, mask, sum_image(truth)};
  }

  LossOptions options_;
  at::ScalarType dtype_;
  Tensor counts_;
  int64_t kernels_;  // Kg
};

}  // namespace

std::unique_ptr<Labels> read_labels(at::TensorList labels, const LossOptions& options,
                                    int64_t scale, at::ScalarType dtype) {
  if (labels.size() == 1) return std::make_unique<CountLabels>(labels[0], options, dtype);
  return std::make_unique<PixelLabels>(labels, options, scale, dtype);
}

Tensor sum_image(const Tensor& values) { return values.sum({1, 2}, false, at::kDouble); }

Tensor masked(const Tensor& target, const Tensor& mask) {
  return at::where(mask.ne(0), target * mask, at::zeros({}, mask.options()));
}

Tensor fallback(const Tensor& training_masks, FallbackMask how) {
  if (how == FallbackMask::kValue) return training_masks;
  return training_masks.ne(0).to(training_masks.scalar_type());
}

Tensor select_pixels(const Tensor& hard, const Tensor& mined, const Tensor& gt_texts,
                     const Tensor& training_masks, FallbackMask how) {
  const Tensor kept = hard.logical_or(gt_texts.gt(0.5)).logical_and(training_masks.gt(0.5));
  return at::where(per_image(mined), kept.to(training_masks.scalar_type()),
                   fallback(training_masks, how));
}

Tensor count_positives(const Tensor& gt_texts, const Tensor& training_masks) {
  const Tensor is_text = gt_texts.gt(0.5);
  return count_pixels(is_text) - count_pixels(is_text.logical_and(training_masks.le(0.5)));
}

Tensor negative_pixels(const Tensor& gt_texts, const Tensor& training_masks, NegativePool pool) {
  const Tensor negatives = gt_texts.le(0.5);
  if (pool == NegativePool::kAll) return negatives;
  return negatives.logical_and(training_masks.gt(0.5));
}

}  // namespace pse::ops
