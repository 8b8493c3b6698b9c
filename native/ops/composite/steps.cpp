#include "steps.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

namespace pse::ops {
namespace {

using at::Tensor;

/** Added to a union of pixels; PaddleOCR, ppocr/utils/iou.py. */
constexpr double kIouEps = 1e-6;

/** [N] → [N, 1, 1], in the dtype of `like`: to meet images. */
Tensor per_image(const Tensor& values, const Tensor& like) {
  return values.to(like.scalar_type()).view({-1, 1, 1});
}

/** The counts of blocks where `pixels` is true, added up: float64 [N]. */
Tensor sum_where(const Tensor& pixels, const Tensor& counts) { return sum_image(counts * pixels); }

}  // namespace

Mining mine(const Tensor& texts, const Tensor& positives, const Tensor& negatives,
            double ohem_ratio) {
  const Tensor weights = negatives.flatten(1);  // [N, r·c]
  const Tensor wanted = positives.to(at::kDouble) * ohem_ratio;
  const Tensor quota =
      at::minimum(wanted, weights.sum(1).to(at::kDouble)).to(at::kLong).unsqueeze(1);  // [N, 1]

  // Downwards by the logit: the negated ones upwards, for NaN comes last then, below −Inf. The threshold is the
  // first logit at which the candidates so far fill the quota.
  const auto [sorted, order] = texts.neg().flatten(1).sort(1);
  const Tensor so_far = weights.gather(1, order).cumsum(1);
  const Tensor last = at::searchsorted(so_far, quota.clamp_min(1))
                          .clamp_max(at::Scalar(so_far.sym_size(1) - 1));  // [N, 1]
  const Tensor threshold = sorted.gather(1, last).squeeze(1).neg();
  return {threshold, positives.ne(0).logical_and(quota.squeeze(1).ne(0))};
}

Tensor is_hard(const Tensor& texts, const Tensor& threshold) {
  return texts.ge(per_image(threshold, texts));
}

Dice dice(const Tensor& logits, const DiceSums& sums, double eps, bool eps_in_numerator) {
  const Tensor s = logits.sigmoid();
  const Tensor a = sum_image(s * sums.a) + (eps_in_numerator ? eps : 0);
  const Tensor b = sum_image(s * s * sums.b) + eps;
  const Tensor c = sums.c + eps;
  const Tensor d = b + c;
  return {1 - 2 * a / d, -2 / d, 4 * a / (d * d)};
}

Tensor grad_of_logits(const Tensor& logits, const DiceSums& sums, const Tensor& first,
                      const Tensor& second) {
  // The bracket in double: of an image without text k1 is 1 / eps times the user's weights, which float32 may not
  // hold, and 0 times it is to be 0.
  const Tensor s = logits.sigmoid();
  const auto of_image = [](const Tensor& values) { return values.view({-1, 1, 1}); };
  const Tensor bracket = of_image(first) * sums.a + of_image(second) * (s * sums.b);
  return (bracket * (s * (1 - s))).to(logits.scalar_type());
}

Tensor ratio_of(const Tensor& intersection, const Tensor& either) {
  return intersection.to(at::kDouble) / (either.to(at::kDouble) + kIouEps);
}

Tensor iou(const Tensor& predicted, const IouCounts& counts) {
  const auto of_class = [&](const Tensor& predicted_so, const Tensor& actual) {
    const Tensor both = sum_where(predicted_so, actual);
    const Tensor either =
        sum_where(predicted_so, counts.valid) + sum_where(predicted_so.logical_not(), actual);
    return ratio_of(both, either);
  };
  return (of_class(predicted.logical_not(), counts.zeros) + of_class(predicted, counts.ones)) / 2;
}

}  // namespace pse::ops
