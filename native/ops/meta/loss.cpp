// The shapes of the operators' results, without data: what torch.compile and torch.export trace with.
#include "../loss.h"

#include <ATen/Functions.h>

#include "../checks.h"
#include "../registration.h"

namespace pse::ops {
namespace {

using at::Tensor;

ForwardResults loss_forward_meta(const Tensor& maps, const Tensor& gt_texts,
                                 const Tensor& gt_kernels, const Tensor& training_masks,
                                 double /*ohem_ratio*/, std::string_view kernel_sample_mask,
                                 std::optional<double> /*text_threshold*/, double /*eps*/,
                                 bool return_mask) {
  const BatchShape shape = check_batch(maps, gt_texts, gt_kernels, training_masks);
  parse_kernel_sample_mask(kernel_sample_mask);
  return empty_results(shape, maps, return_mask);
}

Tensor loss_backward_meta(const Tensor& /*grad_dice*/, const Tensor& maps, const Tensor& gt_texts,
                          const Tensor& gt_kernels, const Tensor& training_masks,
                          const Tensor& /*coefficients*/, std::string_view kernel_sample_mask,
                          std::optional<double> /*text_threshold*/) {
  check_batch(maps, gt_texts, gt_kernels, training_masks);
  parse_kernel_sample_mask(kernel_sample_mask);
  return at::empty(maps.sizes(), maps.options());
}

}  // namespace
}  // namespace pse::ops

PSE_REGISTER(Meta, m) {
  m.impl("_loss_forward", TORCH_FN(pse::ops::loss_forward_meta));
  m.impl("_loss_backward", TORCH_FN(pse::ops::loss_backward_meta));
}
