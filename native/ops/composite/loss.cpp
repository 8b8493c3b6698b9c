// The loss in plain ATen: the readable definition, on any device and in any dtype. It holds upsampled maps
// and sorts where a selection would do; what is fast lives in fused/ and is held against this file.
#include "../loss.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <array>
#include <memory>
#include <vector>

#include "../checks.h"
#include "../registration.h"
#include "labels.h"
#include "steps.h"

namespace pse::ops {
namespace {

using at::Tensor;

/** A batch as the steps read it: maps in the dtype of the loss, labels as sums over what a logit serves. */
struct Batch {
  Tensor maps;  // [N, C, h, w]
  std::unique_ptr<Labels> labels;
  int64_t height, width;  // H × W
  bool bilinear, align_corners;

  int64_t channels() const { return maps.size(1); }

  Mining mining(const Tensor& texts, double ohem_ratio) const {
    return mine(texts, labels->positives(), labels->negatives(), ohem_ratio);
  }

  /** The logits of a channel, [N, r, c]: at label resolution under bilinear, else as they are. */
  Tensor logits(int64_t channel) const {
    const Tensor map = maps.select(1, channel);
    if (!bilinear) return map;
    return at::upsample_bilinear2d(map.unsqueeze(1), {height, width}, align_corners).squeeze(1);
  }

  /** From logits of that resolution back to a channel of the maps: the adjoint, [N, r, c] → [N, h, w]. */
  Tensor adjoint(const Tensor& grad) const {
    if (!bilinear) return grad;
    // In the dtype of the loss, for its weights are those that were interpolated with, rounded as they were.
    const std::array sizes{maps.size(0), int64_t{1}, maps.size(2), maps.size(3)};
    return at::upsample_bilinear2d_backward(grad.unsqueeze(1), {height, width}, sizes,
                                            align_corners)
        .squeeze(1);
  }
};

Batch prepare(const Tensor& maps, at::TensorList labels, const LossOptions& options) {
  const BatchShape shape = check_batch(maps, labels, options);
  const auto dtype = result_dtype(maps.scalar_type());
  const bool bilinear = options.upsample == Upsample::kBilinear;
  const int64_t height = shape.height.expect_int(), width = shape.width.expect_int();
  const int64_t scale = bilinear ? 1 : height / maps.size(2);
  return {maps.to(dtype).contiguous(),
          read_labels(labels, options, scale, dtype),
          height,
          width,
          bilinear,
          options.align_corners};
}

ForwardResults loss_forward_composite(const Tensor& maps, at::TensorList labels,
                                      at::ArrayRef<double> numbers, at::IntArrayRef choices,
                                      bool return_mask) {
  const auto options = LossOptions::unpack(numbers, choices);
  TORCH_CHECK(!return_mask || labels.size() == 3,
              "pse::loss_compact: compact labels have no pixels to make a mask of");
  // At once, however many kernels such a batch claims to have.
  if (maps.dim() == 4 && maps.size(0) == 0)
    return empty_results(check_batch(maps, labels, options), maps, return_mask);
  const Batch batch = prepare(maps, labels, options);
  const auto dtype = batch.maps.scalar_type();
  const Tensor texts = batch.logits(0);

  const Mining mining = batch.mining(texts, options.ohem_ratio);
  const Tensor hard = is_hard(texts, mining.threshold);
  const Dice text =
      dice(texts, batch.labels->text(hard, mining.mined), options.eps, options.eps_in_numerator);

  const Tensor predicted = texts.gt(options.text_threshold);
  std::vector<Tensor> losses, first{text.first}, second{text.second};
  Tensor last;  // the logits of the last kernel, for its IoU
  for (int64_t kernel = 0; kernel < batch.channels() - 1; ++kernel) {
    last = batch.logits(1 + kernel);
    const Dice each =
        dice(last, batch.labels->kernel(kernel, predicted), options.eps, options.eps_in_numerator);
    losses.push_back(each.loss);
    first.push_back(each.first);
    second.push_back(each.second);
  }

  const Tensor iou_text = iou(texts.gt(0), batch.labels->text_iou());
  const Tensor iou_kernel = iou(last.gt(0), batch.labels->kernel_iou());

  const bool skip = options.empty_images == EmptyImages::kSkip;
  const Tensor has_text = batch.labels->has_text();
  const Tensor counted = skip ? has_text : at::ones_like(has_text);
  /** 0 where an image is skipped, whatever its values are. */
  const auto result = [&](const Tensor& values) {
    const Tensor kept =
        counted.view(values.dim() == 1 ? at::IntArrayRef{-1} : at::IntArrayRef{-1, 1});
    return at::where(kept, values, at::zeros({}, values.options())).to(dtype);
  };
  const Tensor coefficients = at::cat(
      {mining.threshold.to(at::kDouble).unsqueeze(1), mining.mined.to(at::kDouble).unsqueeze(1),
       counted.to(at::kDouble).unsqueeze(1), at::stack(first, 1), at::stack(second, 1)},
      1);
  return {result(text.loss),
          result(at::stack(losses, 1)),
          result(iou_text),
          result(iou_kernel),
          return_mask ? batch.labels->selected_mask(hard, mining.mined).to(at::kFloat)
                      : at::empty({0}, texts.options().dtype(at::kFloat)),
          coefficients};
}

Tensor loss_backward_composite(const Tensor& grad_dice, const Tensor& maps, at::TensorList labels,
                               const Tensor& coefficients, at::ArrayRef<double> numbers,
                               at::IntArrayRef choices, std::optional<at::ScalarType> wanted) {
  const auto options = LossOptions::unpack(numbers, choices);
  const auto dtype = wanted.value_or(maps.scalar_type());
  if (maps.size(0) == 0) return at::empty(maps.sizes(), maps.options().dtype(dtype));
  const Batch batch = prepare(maps, labels, options);
  const int64_t channels = batch.channels();
  const Tensor texts = batch.logits(0);

  const Tensor hard = is_hard(texts, coefficients.select(1, Coefficients::kThreshold));
  const Tensor mined = coefficients.select(1, Coefficients::kMined).ne(0);
  const Tensor predicted = texts.gt(options.text_threshold);

  const Tensor weights = grad_dice.to(at::kDouble);  // [N, C]
  const auto columns = [&](const c10::SymInt& from) {
    return coefficients.narrow_symint(1, from, channels) * weights;
  };
  const Tensor first = columns(Coefficients::kFirst);
  const Tensor second = columns(Coefficients::second(channels));
  std::vector<Tensor> grads;
  for (int64_t channel = 0; channel < channels; ++channel) {
    const bool is_text = channel == 0;
    const DiceSums sums =
        is_text ? batch.labels->text(hard, mined) : batch.labels->kernel(channel - 1, predicted);
    const Tensor logits = is_text ? texts : batch.logits(channel);
    grads.push_back(batch.adjoint(
        grad_of_logits(logits, sums, first.select(1, channel), second.select(1, channel))));
  }
  const Tensor counted = coefficients.select(1, Coefficients::kCounted).ne(0);
  const Tensor grad = at::stack(grads, 1);
  return at::where(counted.view({-1, 1, 1, 1}), grad, at::zeros({}, grad.options())).to(dtype);
}

std::tuple<Tensor, Tensor> loss_masks_composite(const Tensor& maps, at::TensorList labels,
                                                at::ArrayRef<double> numbers,
                                                at::IntArrayRef choices) {
  const auto options = LossOptions::unpack(numbers, choices);
  const Batch batch = prepare(maps, labels, options);
  const Tensor texts = batch.logits(0);
  if (maps.size(0) == 0) {
    const auto floats = maps.options().dtype(at::kFloat);
    const auto sizes = labels.size() == 3 ? labels[0].sizes() : texts.sizes();
    return {at::empty(sizes, floats), at::empty(sizes, floats)};
  }
  const Mining mining = batch.mining(texts, options.ohem_ratio);
  const Tensor hard = is_hard(texts, mining.threshold);
  return {batch.labels->selected_mask(hard, mining.mined).to(at::kFloat),
          batch.labels->kernel_mask(texts.gt(options.text_threshold)).to(at::kFloat)};
}

}  // namespace
}  // namespace pse::ops

PSE_REGISTER(CompositeExplicitAutograd, m) {
  m.impl("_loss_forward", TORCH_FN(pse::ops::loss_forward_composite));
  m.impl("_loss_backward", TORCH_FN(pse::ops::loss_backward_composite));
  m.impl("_loss_masks", TORCH_FN(pse::ops::loss_masks_composite));
}
