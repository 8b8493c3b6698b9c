// What the loss asks of labels, and the two forms in which they come. A logit serves a block of s × s pixels
// (s = 1 where logits are at label resolution); labels enter the loss only as sums over these blocks, which for
// binary labels are whole numbers, exact in any order: so pixels and counts give the same bits.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "../checks.h"

namespace pse::ops {

/** The sums of one dice loss: A = Σ g·m² and B = Σ m² of each block, C = Σ (g·m)² of each image. */
struct DiceSums {
  at::Tensor a;  // [N, r, c] in the dtype of the loss
  at::Tensor b;  // [N, r, c]
  at::Tensor c;  // float64 [N]
};

/** Pixels that an IoU looks at, how many of each block: all, those of the foreground, those of the background. */
struct IouCounts {
  at::Tensor valid, ones, zeros;  // [N, r, c] in the dtype of the loss
};

/** Where OHEM draws the line, per image. */
struct Mining {
  at::Tensor threshold;  // [N], the lowest logit of a kept negative
  at::Tensor mined;      // bool [N], false where OHEM falls back to the training mask
};

/** The labels of a batch whose logits are [N, r, c]. `hard` and `predicted` are bool [N, r, c]. */
class Labels {
 public:
  virtual ~Labels() = default;

  /** Pixels of text that is learned, int64 [N]. */
  virtual at::Tensor positives() const = 0;
  /** Images that have any, bool [N]: where a mask is NaN, not what positives() says. */
  virtual at::Tensor has_text() const = 0;
  /** OHEM's candidates, how many of each block, int64 [N, r, c]. */
  virtual at::Tensor negatives() const = 0;

  /** For the text map, over the pixels that OHEM keeps. */
  virtual DiceSums text(const at::Tensor& hard, const at::Tensor& mined) const = 0;
  /** For kernel k of `count`, over the kernel mask. */
  virtual DiceSums kernel(int64_t k, const at::Tensor& predicted) const = 0;

  virtual IouCounts text_iou() const = 0;
  /** Of the last kernel, inside the text. */
  virtual IouCounts kernel_iou() const = 0;

  /** What OHEM keeps: its values [N, H, W], or how many pixels of each block. */
  virtual at::Tensor selected_mask(const at::Tensor& hard, const at::Tensor& mined) const = 0;
  /** What counts for the kernels, likewise. */
  virtual at::Tensor kernel_mask(const at::Tensor& predicted) const = 0;
};

/**
 * The labels of a checked batch in `dtype`: gt_texts, gt_kernels and training_masks, or the counts of them.
 * `scale` is the s of the blocks.
 */
std::unique_ptr<Labels> read_labels(at::TensorList labels, const LossOptions& options,
                                    int64_t scale, at::ScalarType dtype);

/** [N, r, c] → float64 [N], added up in double: in any order the float32 that comes of it is the same. */
at::Tensor sum_image(const at::Tensor& values);

/** target · mask, where 0 · NaN and 0 · Inf count as 0: what is masked out may hold anything. */
at::Tensor masked(const at::Tensor& target, const at::Tensor& mask);

/** OHEM's training mask where it falls back. */
at::Tensor fallback(const at::Tensor& training_masks, FallbackMask how);

/** The pixels that OHEM keeps, [N, H, W] in the dtype of the mask, in memory of its own; `hard` at label resolution. */
at::Tensor select_pixels(const at::Tensor& hard, const at::Tensor& mined,
                         const at::Tensor& gt_texts, const at::Tensor& training_masks,
                         FallbackMask how);

/** Positives of images of pixels, int64 [N]. */
at::Tensor count_positives(const at::Tensor& gt_texts, const at::Tensor& training_masks);

/** OHEM's candidates, bool [N, H, W]. */
at::Tensor negative_pixels(const at::Tensor& gt_texts, const at::Tensor& training_masks,
                           NegativePool pool);

}  // namespace pse::ops
