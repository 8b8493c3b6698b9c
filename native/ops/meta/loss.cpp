// The shapes of the operators' results, without data: what torch.compile and torch.export trace with. Sizes
// stay symbols, so that one trace serves every batch that fits.
#include "../loss.h"

#include <ATen/Functions.h>

#include "../checks.h"
#include "../registration.h"

namespace pse::ops {
namespace {

using at::Tensor;

ForwardResults loss_forward_meta(const Tensor& maps, at::TensorList labels,
                                 at::ArrayRef<double> numbers, at::IntArrayRef choices,
                                 bool return_mask) {
  const BatchShape shape = check_batch(maps, labels, LossOptions::unpack(numbers, choices));
  return empty_results(shape, maps, return_mask);
}

Tensor loss_backward_meta(const Tensor& /*grad_dice*/, const Tensor& maps, at::TensorList labels,
                          const Tensor& /*coefficients*/, at::ArrayRef<double> numbers,
                          at::IntArrayRef choices, std::optional<at::ScalarType> dtype) {
  check_batch(maps, labels, LossOptions::unpack(numbers, choices));
  return at::empty_symint(maps.sym_sizes(),
                          maps.options().dtype(dtype.value_or(maps.scalar_type())));
}

}  // namespace
}  // namespace pse::ops

PSE_REGISTER(Meta, m) {
  m.impl("_loss_forward", TORCH_FN(pse::ops::loss_forward_meta));
  m.impl("_loss_backward", TORCH_FN(pse::ops::loss_backward_meta));
}
