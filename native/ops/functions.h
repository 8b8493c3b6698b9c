// The parts of the loss that are useful by themselves, as operators of their own; plain ATen on any device.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace pse::ops {

/**
 * pse::dice_loss — the masked dice loss of each image: 1 − 2a / (b + c).
 *
 *   a = Σ (s·m)(g·m),  b = Σ (s·m)² + eps,  c = Σ (g·m)² + eps,  s = sigmoid(input)
 *
 * a gets eps too with eps_in_numerator. input floating [N, …] logits, target [N, …], mask [N, …], all of one shape. Returns [N], float64 for float64
 * input, else float32; differentiable with respect to input.
 *
 * Source: whai362/PSENet, models/loss/dice_loss.py.
 */
at::Tensor dice_loss(const at::Tensor& input, const at::Tensor& target, const at::Tensor& mask,
                     double eps, bool eps_in_numerator);

/**
 * pse::ohem_batch — the pixels that online hard example mining keeps, float32 [N, H, W]: text, and the
 * `ohem_ratio` times as many negatives with the highest scores; the training mask where there is no
 * text to learn or nothing to keep, as it is or, with fallback_mask 'nonzero', as 1 where it is not 0.
 *
 * scores floating [N, H, W] logits or anything of their order, gt_texts and training_masks [N, H, W].
 *
 * Source: whai362/PSENet, models/loss/ohem.py.
 */
at::Tensor ohem_batch(const at::Tensor& scores, const at::Tensor& gt_texts,
                      const at::Tensor& training_masks, double ohem_ratio,
                      std::string_view negative_pool, std::string_view fallback_mask);

/**
 * pse::iou — the mean over the classes 0 … n_class − 1 of intersection / (union + 1e-6), over the pixels whose
 * mask is exactly 1; a class that is nowhere has 0. a, b and mask [N, …] hold class numbers. Returns [N],
 * float64 for float64 `a`, else float32; it has no gradient.
 *
 * Source: whai362/PSENet, models/loss/iou.py.
 */
at::Tensor iou_of_classes(const at::Tensor& a, const at::Tensor& b, const at::Tensor& mask,
                          int64_t n_class);

}  // namespace pse::ops
