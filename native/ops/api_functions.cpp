// The stand-alone functions behind native/pse.h.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "api.h"
#include "functions.h"

namespace pse::ops {
namespace {

using at::Tensor;

/**
 * Writes what a function makes into `result` or, where that is null, makes a tensor of it. `function` is called with
 * whether there is a graph to be kept.
 */
template <typename Function>
pse_status give(const pse_tensor* input, pse_tensor* result, pse_tensor** made, pse_error* error,
                Function function) {
  return guarded(error, [&] {
    const bool has_graph = result == nullptr && input->tensor.requires_grad();
    const at::AutoGradMode mode(has_graph);
    const Tensor value = function(has_graph);
    if (result == nullptr) {
      *made = new pse_tensor{value};
      return;
    }
    Results results;
    results.add(result, "result", value);
    results.write();
  });
}

}  // namespace

pse_status api::dice_loss(const pse_tensor* input, const pse_tensor* target, const pse_tensor* mask,
                          double eps, int32_t eps_in_numerator, pse_tensor* result,
                          pse_tensor** made, pse_error* error) {
  return give(input, result, made, error, [&](bool has_graph) {
    return ops::dice_loss(input->tensor, to_keep(target, has_graph), to_keep(mask, has_graph), eps,
                          eps_in_numerator != 0);
  });
}

pse_status api::ohem_batch(const pse_tensor* scores, const pse_tensor* gt_texts,
                           const pse_tensor* training_masks, double ohem_ratio,
                           pse_negative_pool pool, pse_fallback_mask fallback, pse_tensor* result,
                           pse_tensor** made, pse_error* error) {
  return give(scores, result, made, error, [&](bool) {
    return ops::ohem_batch(scores->tensor.detach(), gt_texts->tensor, training_masks->tensor,
                           ohem_ratio, pool == PSE_POOL_VALID ? "valid" : "all",
                           fallback == PSE_FALLBACK_NONZERO ? "nonzero" : "value");
  });
}

pse_status api::iou(const pse_tensor* a, const pse_tensor* b, const pse_tensor* mask,
                    int64_t n_class, int32_t mean, pse_tensor* result, pse_tensor** made,
                    pse_error* error) {
  return give(a, result, made, error, [&](bool) {
    const Tensor per_image =
        iou_of_classes(a->tensor.detach(), b->tensor.detach(), mask->tensor.detach(), n_class);
    if (mean == 0) return per_image;
    const auto images = static_cast<double>(std::max<int64_t>(per_image.size(0), 1));
    return (per_image.sum(0, false, at::kDouble) / images).to(per_image.scalar_type());
  });
}

}  // namespace pse::ops
