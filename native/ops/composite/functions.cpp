// Dice loss, OHEM and IoU by themselves, pixel by pixel. Autograd sees through dice_loss; the other two are made
// of comparisons.
#include "../functions.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

#include "../checks.h"
#include "../loss.h"
#include "../registration.h"
#include "labels.h"
#include "steps.h"

namespace pse::ops {
namespace {

using at::Tensor;

/** [N, …] → [N, P], also where N is 0. */
Tensor flat(const Tensor& values) {
  const auto sizes = values.sym_sizes();
  c10::SymInt pixels = 1;
  for (size_t axis = 1; axis < sizes.size(); ++axis) pixels *= sizes[axis];
  return values.reshape_symint({sizes[0], pixels});
}

/** [N, P] → float64 [N] */
Tensor total(const Tensor& values) { return values.sum(1, false, at::kDouble); }

void check_images(const char* call, const char* name, const Tensor& values) {
  TORCH_CHECK(values.dim() >= 1, call, ": expected ", name, " to be [N, …], got ",
              values.sym_sizes());
}

}  // namespace

Tensor dice_loss(const Tensor& input, const Tensor& target, const Tensor& mask, double eps,
                 bool eps_in_numerator) {
  check_images("pse::dice_loss", "input", input);
  TORCH_CHECK(input.is_floating_point(), "pse::dice_loss: expected input to be floating, got ",
              input.scalar_type());
  check_alike("pse::dice_loss", "target", target, "input", input);
  check_alike("pse::dice_loss", "mask", mask, "input", input);
  check_eps(eps);
  const auto dtype = result_dtype(input.scalar_type());
  const Tensor m = flat(mask.to(dtype));
  const Tensor prediction = flat(input.to(dtype)).sigmoid() * m;
  const Tensor truth = masked(flat(target.to(dtype)), m);
  const Tensor a = total(prediction * truth) + (eps_in_numerator ? eps : 0);
  const Tensor b = total(prediction * prediction) + eps;
  const Tensor c = total(truth * truth) + eps;
  return (1 - 2 * a / (b + c)).to(dtype);
}

Tensor ohem_batch(const Tensor& scores, const Tensor& gt_texts, const Tensor& training_masks,
                  double ohem_ratio, std::string_view negative_pool,
                  std::string_view fallback_mask) {
  TORCH_CHECK(scores.dim() == 3, "pse::ohem_batch: expected scores to be [N, H, W], got ",
              scores.sym_sizes());
  TORCH_CHECK(scores.is_floating_point(), "pse::ohem_batch: expected scores to be floating, got ",
              scores.scalar_type());
  check_alike("pse::ohem_batch", "gt_texts", gt_texts, "scores", scores);
  check_alike("pse::ohem_batch", "training_masks", training_masks, "scores", scores);
  TORCH_CHECK(scores.sym_size(1) > 0 && scores.sym_size(2) > 0,
              "pse::ohem_batch: expected scores with pixels, got ", scores.sym_sizes());
  check_ohem_ratio(ohem_ratio);
  const NegativePool pool = parse_negative_pool(negative_pool);
  const FallbackMask fallback = parse_fallback_mask(fallback_mask);
  // At once, however large the images that are not there claim to be.
  if (scores.sym_size(0) == 0)
    return at::empty_symint(scores.sym_sizes(), scores.options().dtype(at::kFloat));
  const auto dtype = result_dtype(scores.scalar_type());
  const Tensor texts = scores.to(dtype), g = gt_texts.to(dtype), m = training_masks.to(dtype);
  const Mining mining =
      mine(texts, count_positives(g, m), negative_pixels(g, m, pool).to(at::kLong), ohem_ratio);
  const Tensor hard = is_hard(texts, mining.threshold);
  return select_pixels(hard, mining.mined, g, m, fallback).to(at::kFloat).detach();
}

Tensor iou_of_classes(const Tensor& a, const Tensor& b, const Tensor& mask, int64_t n_class) {
  check_images("pse::iou", "a", a);
  TORCH_CHECK(!a.is_complex(), "pse::iou: expected a to be real, got ", a.scalar_type());
  check_alike("pse::iou", "b", b, "a", a);
  check_alike("pse::iou", "mask", mask, "a", a);
  TORCH_CHECK(n_class >= 1, "pse::iou: expected n_class to be at least 1, got ", n_class);
  const Tensor valid = flat(mask).eq(1), flat_a = flat(a), flat_b = flat(b);
  Tensor sum;
  for (int64_t number = 0; number < n_class; ++number) {
    const Tensor here = flat_a.eq(number).logical_and(valid);
    const Tensor there = flat_b.eq(number).logical_and(valid);
    const Tensor of_class = ratio_of(total(here.logical_and(there)), total(here.logical_or(there)));
    sum = sum.defined() ? sum + of_class : of_class;
  }
  return (sum / static_cast<double>(n_class)).to(result_dtype(a.scalar_type()));
}

}  // namespace pse::ops

PSE_REGISTER(CompositeImplicitAutograd, m) {
  m.impl("dice_loss", TORCH_FN(pse::ops::dice_loss));
  m.impl("ohem_batch", TORCH_FN(pse::ops::ohem_batch));
  m.impl("iou", TORCH_FN(pse::ops::iou_of_classes));
}
