// The steps of the loss on logits [N, r, c] and the block sums of labels (labels.h): OHEM's threshold, a dice
// loss and its derivative, an IoU.
#pragma once

#include <ATen/core/Tensor.h>

#include "labels.h"

namespace pse::ops {

/**
 * Online hard example mining: the `quota` negatives with the highest logits, quota = positives · ratio.
 * positives int64 [N], negatives int64 [N, r, c]: how many candidates each logit serves.
 */
Mining mine(const at::Tensor& texts, const at::Tensor& positives, const at::Tensor& negatives,
            double ohem_ratio);

/** The logits that are at least the threshold, bool [N, r, c]: ties are all kept. */
at::Tensor is_hard(const at::Tensor& texts, const at::Tensor& threshold);

/** A dice loss and its coefficients, each float64 [N]. */
struct Dice {
  at::Tensor loss;    // 1 − 2a / (b + c)
  at::Tensor first;   // k1 = −2 / (b + c)
  at::Tensor second;  // k2 = 4a / (b + c)²
};

/** a = Σ s·A (+ eps), b = Σ s²·B + eps, c = C + eps: the mask multiplies both factors, so it enters squared. */
Dice dice(const at::Tensor& logits, const DiceSums& sums, double eps, bool eps_in_numerator);

/** The derivative of that loss with respect to the logits, [N, r, c]: (k1·A + k2·s·B) · s · (1 − s). */
at::Tensor grad_of_logits(const at::Tensor& logits, const DiceSums& sums, const at::Tensor& first,
                          const at::Tensor& second);

/** Mean IoU of background and foreground, float64 [N]; `predicted` is bool [N, r, c]. */
at::Tensor iou(const at::Tensor& predicted, const IouCounts& counts);

/** intersection / (union + 1e-6), float64 [N], of counts of pixels. */
at::Tensor ratio_of(const at::Tensor& intersection, const at::Tensor& either);

}  // namespace pse::ops
