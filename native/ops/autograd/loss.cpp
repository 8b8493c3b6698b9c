// pse::loss, and how its gradient is found: `loss`, `loss_text` and `loss_kernels` are differentiable with
// respect to maps, once. IoUs and masks come out of comparisons and have no gradient.
#include "../loss.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/autograd_not_implemented_fallback.h>
#include <torch/csrc/autograd/custom_function.h>

#include <string>

#include "../registration.h"

namespace pse::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/** The options of pse::loss, so that they travel as one. */
struct Options {
  double alpha;
  std::optional<double> kernel_weight;
  double ohem_ratio;
  std::string kernel_sample_mask;
  std::optional<double> text_threshold;
  double eps;
  bool return_mask;

  double weight_of_kernels() const { return kernel_weight.value_or(1 - alpha); }
};

/** What loss() returns, made of what _loss_forward returns; `coefficients` is for the backward pass. */
struct Parts {
  LossResults results;
  Tensor coefficients;
};

Parts combine(const Tensor& maps, const Tensor& gt_texts, const Tensor& gt_kernels,
              const Tensor& training_masks, const Options& options) {
  auto [loss_text, loss_per_kernel, iou_text, iou_kernel, selected_mask, coefficients] =
      loss_forward(maps, gt_texts, gt_kernels, training_masks, options.ohem_ratio,
                   options.kernel_sample_mask, options.text_threshold, options.eps,
                   options.return_mask);
  const Tensor loss_kernels = loss_per_kernel.mean(1);
  const Tensor loss = options.alpha * loss_text + options.weight_of_kernels() * loss_kernels;
  return {{loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel, selected_mask},
          coefficients};
}

class LossFunction : public torch::autograd::Function<LossFunction> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& maps, const Tensor& gt_texts,
                               const Tensor& gt_kernels, const Tensor& training_masks,
                               const Options& options) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const auto [results, coefficients] =
        combine(maps, gt_texts, gt_kernels, training_masks, options);
    const auto& [loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel,
                 selected_mask] = results;
    context->save_for_backward({maps, gt_texts, gt_kernels, training_masks, coefficients});
    context->saved_data["alpha"] = options.alpha;
    context->saved_data["kernel_weight"] = options.weight_of_kernels();
    context->saved_data["kernel_sample_mask"] = options.kernel_sample_mask;
    context->saved_data["text_threshold"] = options.text_threshold;
    context->mark_non_differentiable({iou_text, iou_kernel, loss_per_kernel, selected_mask});
    return {loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel, selected_mask};
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const Tensor& maps = saved[0];
    const double alpha = context->saved_data["alpha"].toDouble();
    const double kernel_weight = context->saved_data["kernel_weight"].toDouble();
    // In double, where the weights are not rounded: the same bits as through native/pse.h.
    const Tensor grad_loss = grads[0].to(at::kDouble);
    const Tensor grad_text = grads[1].to(at::kDouble) + alpha * grad_loss;
    const Tensor grad_kernels = grads[2].to(at::kDouble) + kernel_weight * grad_loss;
    const Tensor grad_maps = loss_backward(
        grad_of_dice(grad_text, grad_kernels, maps.size(1) - 1), maps, saved[1], saved[2], saved[3],
        saved[4], context->saved_data["kernel_sample_mask"].toStringRef(),
        context->saved_data["text_threshold"].toOptional<double>());
    return {grad_maps, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

LossResults loss_autograd(const Tensor& maps, const Tensor& gt_texts, const Tensor& gt_kernels,
                          const Tensor& training_masks, double alpha,
                          std::optional<double> kernel_weight, double ohem_ratio,
                          std::string_view kernel_sample_mask, std::optional<double> text_threshold,
                          double eps, bool return_mask) {
  const auto results =
      LossFunction::apply(maps, gt_texts, gt_kernels, training_masks,
                          Options{alpha, kernel_weight, ohem_ratio, std::string(kernel_sample_mask),
                                  text_threshold, eps, return_mask});
  return {results[0], results[1], results[2], results[3], results[4], results[5], results[6]};
}

/** Below autograd, on any device: the same without a graph. */
LossResults loss_plain(const Tensor& maps, const Tensor& gt_texts, const Tensor& gt_kernels,
                       const Tensor& training_masks, double alpha,
                       std::optional<double> kernel_weight, double ohem_ratio,
                       std::string_view kernel_sample_mask, std::optional<double> text_threshold,
                       double eps, bool return_mask) {
  return combine(maps, gt_texts, gt_kernels, training_masks,
                 Options{alpha, kernel_weight, ohem_ratio, std::string(kernel_sample_mask),
                         text_threshold, eps, return_mask})
      .results;
}

}  // namespace
}  // namespace pse::ops

PSE_REGISTER(Autograd, m) {
  m.impl("loss", TORCH_FN(pse::ops::loss_autograd));
  // A second derivative is refused in words instead of being silently zero.
  m.impl("_loss_forward", torch::autograd::autogradNotImplementedFallback());
  m.impl("_loss_backward", torch::autograd::autogradNotImplementedFallback());
}

PSE_REGISTER(CompositeExplicitAutograd, m) { m.impl("loss", TORCH_FN(pse::ops::loss_plain)); }
