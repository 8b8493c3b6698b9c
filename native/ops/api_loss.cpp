// The loss behind native/pse.h: results written into memory of the caller's, or as tensors with a graph.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <optional>
#include <tuple>
#include <vector>

#include "api.h"
#include "loss.h"

namespace pse::ops {
namespace {

using at::Tensor;

// Choices cross the treaty by value.
static_assert(static_cast<int64_t>(KernelSampleMask::kUnion) == PSE_MASK_UNION);
static_assert(static_cast<int64_t>(FallbackMask::kNonzero) == PSE_FALLBACK_NONZERO);
static_assert(static_cast<int64_t>(KernelTrainingMask::kAboveHalf) == PSE_TRAINING_ABOVE_HALF);
static_assert(static_cast<int64_t>(Upsample::kBilinear) == PSE_UPSAMPLE_BILINEAR &&
              static_cast<int64_t>(Upsample::kNone) == PSE_UPSAMPLE_NONE);
static_assert(static_cast<int64_t>(NegativePool::kValid) == PSE_POOL_VALID);
static_assert(static_cast<int64_t>(EmptyImages::kSkip) == PSE_EMPTY_SKIP);

LossOptions options_of(const pse_loss_batch& batch, const pse_loss_options& given) {
  const std::optional<double> text_threshold =
      given.sigmoid_half != 0 ? std::nullopt : std::optional(given.text_threshold);
  return {.ohem_ratio = given.ohem_ratio,
          .eps = given.eps,
          .text_threshold = text_threshold_for(text_threshold, batch.maps->tensor.scalar_type()),
          .kernel_sample_mask = static_cast<KernelSampleMask>(given.kernel_sample_mask),
          .fallback_mask = static_cast<FallbackMask>(given.fallback_mask),
          .kernel_training_mask = static_cast<KernelTrainingMask>(given.kernel_training_mask),
          .upsample = static_cast<Upsample>(given.upsample),
          .negative_pool = static_cast<NegativePool>(given.negative_pool),
          .empty_images = static_cast<EmptyImages>(given.empty_images),
          .eps_in_numerator = given.eps_in_numerator != 0,
          .binarize_labels = given.binarize_labels != 0,
          .align_corners = given.align_corners != 0,
          .compact_scale = batch.counts == nullptr ? 0 : batch.scale};
}

std::vector<Tensor> labels_of(const pse_loss_batch& batch, bool has_graph = false) {
  if (batch.counts != nullptr) return {to_keep(batch.counts, has_graph)};
  return {to_keep(batch.gt_texts, has_graph), to_keep(batch.gt_kernels, has_graph),
          to_keep(batch.training_masks, has_graph)};
}

/** Images that the mean is taken over, float64 []; of none it is 0. */
Tensor images_of(const Tensor& coefficients) {
  return coefficients.select(1, Coefficients::kCounted).sum().clamp_min(1);
}

/** Values of images, [N] or the rows of [5, N], reduced or as they are. Added up in double, so the order does not matter. */
Tensor reduce(const Tensor& values, pse_reduction reduction, const Tensor& images) {
  if (reduction == PSE_REDUCTION_NONE) return values;
  const Tensor sum = values.sum(-1, false, at::kDouble);
  return (reduction == PSE_REDUCTION_MEAN ? sum / images : sum).to(values.scalar_type());
}

/** The gradient of what is differentiated; 'none' takes the sum, as PaddleOCR's trainer does. */
Tensor grad_of(const pse_loss_options& given, const Tensor& maps, at::TensorList labels,
               const Tensor& coefficients, const LossOptions& options, at::ScalarType dtype) {
  const Tensor ones = at::ones({coefficients.size(0)}, coefficients.options());
  const Tensor scale = at::full({}, given.grad_scale, coefficients.options());
  const Tensor weight =
      given.reduction == PSE_REDUCTION_MEAN ? scale / images_of(coefficients) : scale;
  const Tensor grad_dice = grad_of_dice(ones * (given.alpha * weight),
                                        ones * (given.kernel_weight * weight), maps.size(1) - 1);
  return loss_backward(grad_dice, maps, labels, coefficients, options, dtype);
}

/** What becomes a result by its number. */
void give(pse_tensor** results, const int32_t* wanted, int32_t which, const Tensor& value) {
  if (wanted[which] != 0) results[which] = new pse_tensor{value};
}

void loss_with_graph(const pse_loss_batch& batch, const pse_loss_options& given,
                     const int32_t* wanted, pse_dtype grad_dtype, pse_tensor** results) {
  const bool wants_grad = wanted[PSE_GRAD_MAPS] != 0;
  const bool has_graph = !wants_grad && batch.maps->tensor.requires_grad();
  const at::AutoGradMode mode(has_graph);
  const LossOptions options = options_of(batch, given);
  const std::vector<Tensor> labels = labels_of(batch, has_graph);
  const Tensor maps = has_graph ? batch.maps->tensor : batch.maps->tensor.detach();
  const auto [parts, coefficients] = differentiable_loss(
      maps, labels, options, given.alpha, given.kernel_weight, wanted[PSE_SELECTED_MASK] != 0);
  const auto& [loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel, selected] =
      parts;
  const Tensor images = images_of(coefficients);
  const Tensor values[] = {loss, loss_text, loss_kernels, iou_text, iou_kernel};
  for (int32_t i = 0; i < PSE_PER_IMAGE; ++i) {
    if (wanted[i] != 0) give(results, wanted, i, reduce(values[i], given.reduction, images));
    give(results, wanted, PSE_PER_IMAGE + i, values[i]);
  }
  give(results, wanted, PSE_LOSS_PER_KERNEL, loss_per_kernel);
  give(results, wanted, PSE_SELECTED_MASK, selected);
  if (wants_grad) {
    give(results, wanted, PSE_GRAD_MAPS,
         grad_of(given, maps, labels, coefficients, options, to_dtype(grad_dtype)));
  }
}

}  // namespace

pse_status api::loss(const pse_loss_batch* batch, const pse_loss_options* given,
                     const pse_loss_results* wanted, pse_error* error) {
  return guarded(error, [&] {
    const at::NoGradGuard no_grad;
    const LossOptions options = options_of(*batch, *given);
    const std::vector<Tensor> labels = labels_of(*batch);
    const Tensor& maps = batch->maps->tensor;
    const auto [loss_text, loss_per_kernel, iou_text, iou_kernel, selected_mask, coefficients] =
        loss_forward(maps, labels, options, wanted->selected_mask != nullptr);
    const Tensor loss_kernels = loss_per_kernel.mean(1);
    const Tensor total = total_loss(loss_text, loss_kernels, given->alpha, given->kernel_weight);
    const Tensor per_image = at::stack({total, loss_text, loss_kernels, iou_text, iou_kernel});

    Results results;
    results.add(wanted->per_image, "per_image", per_image);
    results.add(wanted->reduced, "reduced",
                reduce(per_image, given->reduction, images_of(coefficients)));
    results.add(wanted->loss_per_kernel, "loss_per_kernel", loss_per_kernel);
    results.add(wanted->selected_mask, "selected_mask", selected_mask);
    if (wanted->grad_maps != nullptr) {
      results.add(wanted->grad_maps, "grad_maps",
                  grad_of(*given, maps, labels, coefficients, options,
                          wanted->grad_maps->tensor.scalar_type()));
    }
    results.write();
  });
}

pse_status api::loss_tensors(const pse_loss_batch* batch, const pse_loss_options* options,
                             const int32_t* wanted, pse_dtype grad_dtype, pse_tensor** results,
                             pse_error* error) {
  for (int32_t i = 0; i < PSE_LOSS_TENSORS; ++i) results[i] = nullptr;
  const pse_status status =
      guarded(error, [&] { loss_with_graph(*batch, *options, wanted, grad_dtype, results); });
  // All of them or none.
  for (int32_t i = 0; i < PSE_LOSS_TENSORS && status != PSE_OK; ++i) {
    tensor_release(results[i]);
    results[i] = nullptr;
  }
  return status;
}

pse_status api::loss_masks(const pse_loss_batch* batch, const pse_loss_options* given,
                           pse_tensor* selected_mask, pse_tensor* kernel_mask, pse_error* error) {
  return guarded(error, [&] {
    const at::NoGradGuard no_grad;
    const auto [selected, kernels] = ops::loss_masks(batch->maps->tensor.detach(),
                                                     labels_of(*batch), options_of(*batch, *given));
    Results results;
    results.add(selected_mask, "selected_mask", selected);
    results.add(kernel_mask, "kernel_mask", kernels);
    results.write();
  });
}

}  // namespace pse::ops
