// The parts of pse::loss that are the same on every backend.
#include "loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include "checks.h"

namespace pse::ops {
namespace {

using at::Tensor;

/** An operator of ours, to be called through the dispatcher. */
template <typename Signature>
c10::TypedOperatorHandle<Signature> find(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

}  // namespace

at::ScalarType result_dtype(at::ScalarType maps) {
  return maps == at::kDouble ? at::kDouble : at::kFloat;
}

ForwardResults empty_results(const BatchShape& shape, const Tensor& maps, bool return_mask) {
  const auto values = maps.options().dtype(result_dtype(maps.scalar_type()));
  const auto mask = maps.options().dtype(at::kFloat);
  const auto& [images, channels, height, width] = shape;
  return {
      at::empty_symint({images}, values),
      at::empty_symint({images, shape.kernels()}, values),
      at::empty_symint({images}, values),
      at::empty_symint({images}, values),
      return_mask ? at::empty_symint({images, height, width}, mask) : at::empty({0}, mask),
      at::empty_symint({images, Coefficients::count(channels)}, maps.options().dtype(at::kDouble))};
}

ForwardResults loss_forward(const Tensor& maps, at::TensorList labels, const LossOptions& options,
                            bool return_mask) {
  using Signature =
      ForwardResults(const Tensor&, at::TensorList, at::ArrayRef<double>, at::IntArrayRef, bool);
  static const auto op = find<Signature>("pse::_loss_forward");
  return op.call(maps, labels, options.numbers(), options.choices(), return_mask);
}

Tensor loss_backward(const Tensor& grad_dice, const Tensor& maps, at::TensorList labels,
                     const Tensor& coefficients, const LossOptions& options,
                     std::optional<at::ScalarType> dtype) {
  using Signature = Tensor(const Tensor&, const Tensor&, at::TensorList, const Tensor&,
                           at::ArrayRef<double>, at::IntArrayRef, std::optional<at::ScalarType>);
  static const auto op = find<Signature>("pse::_loss_backward");
  return op.call(grad_dice, maps, labels, coefficients, options.numbers(), options.choices(),
                 dtype);
}

std::tuple<Tensor, Tensor> loss_masks(const Tensor& maps, at::TensorList labels,
                                      const LossOptions& options) {
  using Signature = std::tuple<Tensor, Tensor>(const Tensor&, at::TensorList, at::ArrayRef<double>,
                                               at::IntArrayRef);
  static const auto op = find<Signature>("pse::_loss_masks");
  return op.call(maps, labels, options.numbers(), options.choices());
}

Tensor total_loss(const Tensor& loss_text, const Tensor& loss_kernels, double alpha,
                  double kernel_weight) {
  return alpha * loss_text + kernel_weight * loss_kernels;
}

Tensor grad_of_dice(const Tensor& grad_text, const Tensor& grad_kernels,
                    const c10::SymInt& kernels) {
  // loss_kernels is the mean over the kernels: each gets an equal share.
  const Tensor share = (grad_kernels / kernels).unsqueeze(1);
  return at::cat({grad_text.unsqueeze(1), share.expand_symint({-1, kernels})}, 1);
}

}  // namespace pse::ops
