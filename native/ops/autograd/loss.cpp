// pse::loss and pse::loss_compact, and how their gradient is found: `loss`, `loss_text` and `loss_kernels` are
// differentiable with respect to maps, once. IoUs and masks come out of comparisons and have no gradient.
#include "../loss.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/autograd_not_implemented_fallback.h>
#include <torch/csrc/autograd/custom_function.h>

#include <string_view>
#include <vector>

#include "../registration.h"

namespace pse::ops {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/** Both weights, and whether the selection is wanted. */
struct Wanted {
  double alpha;
  double kernel_weight;
  bool return_mask;
};

/** What loss() returns, made of what _loss_forward returns. */
LossParts combine(const Tensor& maps, at::TensorList labels, const LossOptions& options,
                  const Wanted& wanted) {
  auto [loss_text, loss_per_kernel, iou_text, iou_kernel, selected_mask, coefficients] =
      loss_forward(maps, labels, options, wanted.return_mask);
  const Tensor loss_kernels = loss_per_kernel.mean(1);
  const Tensor loss = total_loss(loss_text, loss_kernels, wanted.alpha, wanted.kernel_weight);
  return {{loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel, selected_mask},
          coefficients};
}

class LossFunction : public torch::autograd::Function<LossFunction> {
 public:
  // Labels travel as a vector, which autograd does not look into: they never get a gradient.
  static variable_list forward(AutogradContext* context, const Tensor& maps,
                               const std::vector<Tensor>& labels, const LossOptions& options,
                               const Wanted& wanted) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const auto [results, coefficients] = combine(maps, labels, options, wanted);
    const auto& [loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel,
                 selected_mask] = results;
    variable_list saved{maps, coefficients};
    saved.insert(saved.end(), labels.begin(), labels.end());
    context->save_for_backward(saved);
    context->saved_data["alpha"] = wanted.alpha;
    context->saved_data["kernel_weight"] = wanted.kernel_weight;
    context->saved_data["numbers"] = options.numbers();
    context->saved_data["choices"] = options.choices();
    context->mark_non_differentiable(
        {iou_text, iou_kernel, loss_per_kernel, selected_mask, coefficients});
    return {loss,       loss_text,       loss_kernels,  iou_text,
            iou_kernel, loss_per_kernel, selected_mask, coefficients};
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &maps = saved[0], &coefficients = saved[1];
    const at::TensorList labels = at::TensorList(saved).slice(2);
    const auto options = LossOptions::unpack(context->saved_data["numbers"].toDoubleVector(),
                                             context->saved_data["choices"].toIntVector());
    // In double, where the weights are not rounded: the same bits as through native/pse.h.
    const Tensor grad_loss = grads[0].to(at::kDouble);
    const double alpha = context->saved_data["alpha"].toDouble();
    const double kernel_weight = context->saved_data["kernel_weight"].toDouble();
    const Tensor grad_text = grads[1].to(at::kDouble) + alpha * grad_loss;
    const Tensor grad_kernels = grads[2].to(at::kDouble) + kernel_weight * grad_loss;
    const Tensor grad_dice = grad_of_dice(grad_text, grad_kernels, maps.sym_size(1) - 1);
    return {loss_backward(grad_dice, maps, labels, coefficients, options), Tensor(), Tensor(),
            Tensor()};
  }
};

LossParts with_graph(const Tensor& maps, const std::vector<Tensor>& labels,
                     const LossOptions& options, const Wanted& wanted) {
  const auto made = LossFunction::apply(maps, labels, options, wanted);
  return {{made[0], made[1], made[2], made[3], made[4], made[5], made[6]}, made[7]};
}

/** With a graph. */
LossResults differentiably(const Tensor& maps, std::vector<Tensor> labels,
                           const LossOptions& options, const Wanted& wanted) {
  return with_graph(maps, labels, options, wanted).results;
}

/** Below autograd, on any device: the same without a graph. */
LossResults plainly(const Tensor& maps, std::vector<Tensor> labels, const LossOptions& options,
                    const Wanted& wanted) {
  return combine(maps, labels, options, wanted).results;
}

using Way = LossResults (*)(const Tensor&, std::vector<Tensor>, const LossOptions&, const Wanted&);

template <Way way>
LossResults loss(const Tensor& maps, const Tensor& gt_texts, const Tensor& gt_kernels,
                 const Tensor& training_masks, double alpha, std::optional<double> kernel_weight,
                 double ohem_ratio, std::string_view kernel_sample_mask,
                 std::optional<double> text_threshold, double eps, bool eps_in_numerator,
                 bool binarize_labels, std::string_view fallback_mask,
                 std::string_view kernel_training_mask, std::string_view upsample,
                 bool align_corners, std::string_view negative_pool, std::string_view empty_images,
                 bool return_mask) {
  const LossOptions options{
      .ohem_ratio = ohem_ratio,
      .eps = eps,
      .text_threshold = text_threshold_for(text_threshold, maps.scalar_type()),
      .kernel_sample_mask = parse_kernel_sample_mask(kernel_sample_mask),
      .fallback_mask = parse_fallback_mask(fallback_mask),
      .kernel_training_mask = parse_kernel_training_mask(kernel_training_mask),
      .upsample = parse_upsample(upsample),
      .negative_pool = parse_negative_pool(negative_pool),
      .empty_images = parse_empty_images(empty_images),
      .eps_in_numerator = eps_in_numerator,
      .binarize_labels = binarize_labels,
      .align_corners = align_corners,
      .compact_scale = 0};
  return way(maps, {gt_texts, gt_kernels, training_masks}, options,
             {alpha, kernel_weight.value_or(1 - alpha), return_mask});
}

template <Way way>
CompactResults loss_compact(const Tensor& maps, const Tensor& counts, int64_t scale, double alpha,
                            std::optional<double> kernel_weight, double ohem_ratio,
                            std::string_view kernel_sample_mask,
                            std::optional<double> text_threshold, double eps, bool eps_in_numerator,
                            std::string_view negative_pool, std::string_view empty_images) {
  LossOptions options;
  options.ohem_ratio = ohem_ratio;
  options.eps = eps;
  options.text_threshold = text_threshold_for(text_threshold, maps.scalar_type());
  options.kernel_sample_mask = parse_kernel_sample_mask(kernel_sample_mask);
  options.negative_pool = parse_negative_pool(negative_pool);
  options.empty_images = parse_empty_images(empty_images);
  options.eps_in_numerator = eps_in_numerator;
  options.compact_scale = scale;
  const auto [loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel, no_mask] =
      way(maps, {counts}, options, {alpha, kernel_weight.value_or(1 - alpha), false});
  return {loss, loss_text, loss_kernels, iou_text, iou_kernel, loss_per_kernel};
}

}  // namespace

LossParts differentiable_loss(const Tensor& maps, const std::vector<Tensor>& labels,
                              const LossOptions& options, double alpha, double kernel_weight,
                              bool return_mask) {
  return with_graph(maps, labels, options, {alpha, kernel_weight, return_mask});
}

}  // namespace pse::ops

PSE_REGISTER(Autograd, m) {
  m.impl("loss", TORCH_FN(pse::ops::loss<pse::ops::differentiably>));
  m.impl("loss_compact", TORCH_FN(pse::ops::loss_compact<pse::ops::differentiably>));
  // A second derivative is refused in words instead of being silently zero.
  m.impl("_loss_forward", torch::autograd::autogradNotImplementedFallback());
  m.impl("_loss_backward", torch::autograd::autogradNotImplementedFallback());
  m.impl("_loss_masks", torch::autograd::autogradNotImplementedFallback());
}

PSE_REGISTER(CompositeExplicitAutograd, m) {
  m.impl("loss", TORCH_FN(pse::ops::loss<pse::ops::plainly>));
  m.impl("loss_compact", TORCH_FN(pse::ops::loss_compact<pse::ops::plainly>));
}
