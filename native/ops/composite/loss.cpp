// The loss in plain ATen: the readable definition, on any device and in any dtype. It holds upsampled maps
// and sorts where a selection would do; what is fast lives in fused/ and is held against this file.
#include "../loss.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <limits>
#include <vector>

#include "../checks.h"
#include "../registration.h"

namespace pse::ops {
namespace {

using at::Tensor;

/** Added to a union of pixels; PaddleOCR, ppocr/utils/iou.py. */
constexpr double kIouEps = 1e-6;

/** Nearest upsampling by an integer: [N, h, w] → [N, H, W]. */
Tensor repeat_blocks(const Tensor& map, int64_t scale) {
  const int64_t images = map.size(0), height = map.size(1), width = map.size(2);
  return map.view({images, height, 1, width, 1})
      .expand({images, height, scale, width, scale})
      .reshape({images, height * scale, width * scale});
}

/** Its adjoint: the sum of each s × s block, [N, H, W] → [N, h, w]. */
Tensor sum_blocks(const Tensor& pixels, int64_t scale) {
  const int64_t images = pixels.size(0), height = pixels.size(1), width = pixels.size(2);
  return pixels.view({images, height / scale, scale, width / scale, scale}).sum({2, 4});
}

/** [N, H, W] → float64 [N]. Rows in the dtype of the pixels, rows among each other in double. */
Tensor sum_pixels(const Tensor& pixels) { return pixels.sum(-1).sum(-1, false, at::kDouble); }

/** [N, H, W] of truth values → int64 [N] */
Tensor count_pixels(const Tensor& pixels) { return pixels.sum({1, 2}, false, at::kLong); }

/** [N] → [N, 1, 1], in the dtype of `like`: to meet images. */
Tensor per_image(const Tensor& values, const Tensor& like) {
  return values.to(like.scalar_type()).view({-1, 1, 1});
}

/** target · mask, where 0 · NaN and 0 · Inf count as 0: what is masked out may hold anything. */
Tensor masked(const Tensor& target, const Tensor& mask) {
  return at::where(mask.ne(0), target * mask, at::zeros({}, mask.options()));
}

/** Where OHEM draws the line, per image. */
struct Mining {
  Tensor threshold;  // [N], the lowest logit of a kept negative
  Tensor mined;      // bool [N], false where OHEM falls back to the raw training mask
};

/**
 * Online hard example mining: the `quota` negatives with the highest logits, quota = positives · ratio.
 * Candidates are all pixels with g <= .5, masked out or not (docs/loss.md, Q4).
 */
Mining mine(const Tensor& texts, const Tensor& gt_texts, const Tensor& training_masks,
            double ohem_ratio) {
  const Tensor is_text = gt_texts.gt(0.5), is_negative = gt_texts.le(0.5);
  const Tensor positives =
      count_pixels(is_text) - count_pixels(is_text.logical_and(training_masks.le(0.5)));  // [N]
  const Tensor wanted = positives.to(at::kDouble) * ohem_ratio;
  const Tensor quota =
      at::minimum(wanted, count_pixels(is_negative).to(at::kDouble)).to(at::kLong);  // [N]

  // Ascending order of the negated logits: NaN comes last, so NaN logits rank below -Inf. Everything that is
  // not a candidate is NaN too.
  const Tensor nothing = at::full({}, std::numeric_limits<double>::quiet_NaN(), texts.options());
  const Tensor negated = at::where(is_negative, texts.neg(), nothing).flatten(1);  // [N, P]
  const Tensor sorted = std::get<0>(negated.sort(1));
  const Tensor last = (quota - 1).clamp_min(0).unsqueeze(1);  // [N, 1]
  const Tensor threshold = sorted.gather(1, last).squeeze(1).neg();
  return {threshold, positives.ne(0).logical_and(quota.ne(0))};
}

/** The pixels that OHEM keeps, [N, H, W] in the dtype of `texts`; ties with the threshold are all kept. */
Tensor select(const Tensor& texts, const Tensor& gt_texts, const Tensor& training_masks,
              const Mining& mining) {
  const Tensor hard = texts.ge(per_image(mining.threshold, texts));
  const Tensor kept = hard.logical_or(gt_texts.gt(0.5)).logical_and(training_masks.gt(0.5));
  return at::where(mining.mined.view({-1, 1, 1}), kept.to(texts.scalar_type()), training_masks);
}

/** The pixels that count for the kernels, [N, H, W] in the dtype of `texts`. */
Tensor sample_kernels(const Tensor& texts, const Tensor& gt_texts, const Tensor& training_masks,
                      KernelSampleMask which, double text_threshold) {
  if (which == KernelSampleMask::kGt) return masked(gt_texts, training_masks);
  return masked(texts.gt(text_threshold).to(texts.scalar_type()), training_masks);
}

/** A dice loss and its coefficients, each float64 [N]. */
struct Dice {
  Tensor loss;    // 1 − 2a / (b + c)
  Tensor first;   // k1 = −2 / (b + c)
  Tensor second;  // k2 = 4a / (b + c)²
};

/** Sums over the pixels of an image; the mask multiplies both factors, so it enters squared. */
Dice dice(const Tensor& logits, const Tensor& target, const Tensor& mask, double eps) {
  const Tensor prediction = logits.sigmoid() * mask;
  const Tensor truth = masked(target, mask);
  const Tensor a = sum_pixels(prediction * truth);
  const Tensor b = sum_pixels(prediction * prediction) + eps;
  const Tensor c = sum_pixels(truth * truth) + eps;
  const Tensor d = b + c;
  return {1 - 2 * a / d, -2 / d, 4 * a / (d * d)};
}

/**
 * The derivative of that dice loss with respect to the logits, [N, h, w]:
 * (k1 · A + k2 · s · B) · s · (1 − s), with A = Σ g·m² and B = Σ m² over the pixels that share a logit.
 */
Tensor grad_of_logits(const Tensor& map, const Tensor& target, const Tensor& mask, int64_t scale,
                      const Tensor& first, const Tensor& second) {
  const Tensor a = sum_blocks(masked(target, mask) * mask, scale);
  const Tensor b = sum_blocks(mask * mask, scale);
  const Tensor s = map.sigmoid();
  return (per_image(first, s) * a + per_image(second, s) * s * b) * s * (1 - s);
}

/** Mean IoU of background and foreground over the pixels where the mask is exactly 1, float64 [N]. */
Tensor iou(const Tensor& prediction, const Tensor& target, const Tensor& mask) {
  const Tensor valid = mask.eq(1);
  const auto of_class = [&](const Tensor& predicted, const Tensor& actual) {
    const Tensor both = count_pixels(predicted.logical_and(actual).logical_and(valid));
    const Tensor either = count_pixels(predicted.logical_or(actual).logical_and(valid));
    return both.to(at::kDouble) / (either.to(at::kDouble) + kIouEps);
  };
  return (of_class(prediction.logical_not(), target.eq(0)) + of_class(prediction, target.eq(1))) /
         2;
}

/** The inputs in one floating dtype, and the sizes that they agree on. */
struct Batch {
  BatchShape shape;
  Tensor maps;            // [N, C, h, w]
  Tensor gt_texts;        // [N, H, W]
  Tensor gt_kernels;      // [N, Kg, H, W], as it came: one channel is converted at a time
  Tensor training_masks;  // [N, H, W]

  /** The logits of a channel at label resolution, [N, H, W]. */
  Tensor logits(int64_t channel) const {
    return repeat_blocks(maps.select(1, channel), shape.scale);
  }
  /** The target of a kernel, [N, H, W]. */
  Tensor kernel_target(int64_t kernel) const {
    return gt_kernels.select(1, kernel).to(maps.scalar_type());
  }
};

Batch prepare(const Tensor& maps, const Tensor& gt_texts, const Tensor& gt_kernels,
              const Tensor& training_masks) {
  const auto dtype = result_dtype(maps.scalar_type());
  return {check_batch(maps, gt_texts, gt_kernels, training_masks), maps.to(dtype).contiguous(),
          gt_texts.to(dtype), gt_kernels, training_masks.to(dtype)};
}

ForwardResults loss_forward_composite(const Tensor& maps, const Tensor& gt_texts,
                                      const Tensor& gt_kernels, const Tensor& training_masks,
                                      double ohem_ratio, std::string_view kernel_sample_mask,
                                      std::optional<double> text_threshold, double eps,
                                      bool return_mask) {
  check_scalars(ohem_ratio, eps);
  const Batch batch = prepare(maps, gt_texts, gt_kernels, training_masks);
  // At once, however many kernels such a batch claims to have.
  if (batch.shape.images == 0) return empty_results(batch.shape, maps, return_mask);
  const Tensor texts = batch.logits(0);
  const auto dtype = texts.scalar_type();

  const Mining mining = mine(texts, batch.gt_texts, batch.training_masks, ohem_ratio);
  const Tensor selected = select(texts, batch.gt_texts, batch.training_masks, mining);
  const Dice text = dice(texts, batch.gt_texts, selected, eps);

  const Tensor kernel_mask = sample_kernels(texts, batch.gt_texts, batch.training_masks,
                                            parse_kernel_sample_mask(kernel_sample_mask),
                                            text_threshold_for(text_threshold, maps.scalar_type()));
  std::vector<Tensor> losses, first{text.first}, second{text.second};
  Tensor last;  // the logits of the last kernel, for its IoU
  for (int64_t kernel = 0; kernel < batch.shape.kernels(); ++kernel) {
    last = batch.logits(1 + kernel);
    const Dice each = dice(last, batch.kernel_target(kernel), kernel_mask, eps);
    losses.push_back(each.loss);
    first.push_back(each.first);
    second.push_back(each.second);
  }

  const Tensor iou_text = iou(texts.gt(0), batch.gt_texts, batch.training_masks);
  const Tensor iou_kernel = iou(last.gt(0), batch.kernel_target(gt_kernels.size(1) - 1),
                                masked(batch.gt_texts, batch.training_masks));

  const Tensor coefficients = at::cat(
      {mining.threshold.to(at::kDouble).unsqueeze(1), mining.mined.to(at::kDouble).unsqueeze(1),
       at::stack(first, 1), at::stack(second, 1)},
      1);
  return {text.loss.to(dtype), at::stack(losses, 1).to(dtype), iou_text.to(dtype),
          iou_kernel.to(dtype),
          // A copy: where every image falls back, `selected` would be the training mask itself.
          return_mask ? selected.to(at::kFloat, false, true)
                      : at::empty({0}, texts.options().dtype(at::kFloat)),
          coefficients};
}

Tensor loss_backward_composite(const Tensor& grad_dice, const Tensor& maps, const Tensor& gt_texts,
                               const Tensor& gt_kernels, const Tensor& training_masks,
                               const Tensor& coefficients, std::string_view kernel_sample_mask,
                               std::optional<double> text_threshold) {
  if (maps.size(0) == 0) return at::empty(maps.sizes(), maps.options());
  const Batch batch = prepare(maps, gt_texts, gt_kernels, training_masks);
  const int64_t channels = batch.shape.channels;
  const Tensor texts = batch.logits(0);

  const Mining mining{coefficients.select(1, Coefficients::kThreshold),
                      coefficients.select(1, Coefficients::kMined).ne(0)};
  const Tensor selected = select(texts, batch.gt_texts, batch.training_masks, mining);
  const Tensor kernel_mask = sample_kernels(texts, batch.gt_texts, batch.training_masks,
                                            parse_kernel_sample_mask(kernel_sample_mask),
                                            text_threshold_for(text_threshold, maps.scalar_type()));

  const Tensor weights = grad_dice.to(at::kDouble);  // [N, C]
  const Tensor first = coefficients.narrow(1, Coefficients::kFirst, channels) * weights;
  const Tensor second = coefficients.narrow(1, Coefficients::second(channels), channels) * weights;
  std::vector<Tensor> grads;
  for (int64_t channel = 0; channel < channels; ++channel) {
    const bool is_text = channel == 0;
    grads.push_back(grad_of_logits(batch.maps.select(1, channel),
                                   is_text ? batch.gt_texts : batch.kernel_target(channel - 1),
                                   is_text ? selected : kernel_mask, batch.shape.scale,
                                   first.select(1, channel), second.select(1, channel)));
  }
  return at::stack(grads, 1).to(maps.scalar_type());
}

}  // namespace
}  // namespace pse::ops

PSE_REGISTER(CompositeExplicitAutograd, m) {
  m.impl("_loss_forward", TORCH_FN(pse::ops::loss_forward_composite));
  m.impl("_loss_backward", TORCH_FN(pse::ops::loss_backward_composite));
}
