// The parts of pse::loss that are the same on every backend.
#include "loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <cmath>
#include <limits>

#include "checks.h"

namespace pse::ops {

KernelSampleMask parse_kernel_sample_mask(std::string_view word) {
  if (word == "pred") return KernelSampleMask::kPred;
  if (word == "gt") return KernelSampleMask::kGt;
  TORCH_CHECK(false, "pse::loss: expected kernel_sample_mask to be 'pred' or 'gt', got '", word,
              "'");
}

double text_threshold_for(std::optional<double> text_threshold, at::ScalarType maps) {
  const bool is_double = maps == at::kDouble;
  if (!text_threshold) return std::ldexp(1.5, is_double ? -53 : -24);
  if (is_double) return *text_threshold;
  // ATen rounds a scalar to the tensor's dtype, upwards too; a float32 x lies above t exactly if it lies
  // above the largest float32 that is not above t.
  auto rounded = static_cast<float>(*text_threshold);
  if (rounded > *text_threshold) {
    rounded = std::nextafter(rounded, -std::numeric_limits<float>::infinity());
  }
  return rounded;
}

at::ScalarType result_dtype(at::ScalarType maps) {
  return maps == at::kDouble ? at::kDouble : at::kFloat;
}

ForwardResults empty_results(const BatchShape& shape, const at::Tensor& maps, bool return_mask) {
  const auto values = maps.options().dtype(result_dtype(maps.scalar_type()));
  const auto mask = maps.options().dtype(at::kFloat);
  return {at::empty({shape.images}, values),
          at::empty({shape.images, shape.kernels()}, values),
          at::empty({shape.images}, values),
          at::empty({shape.images}, values),
          return_mask ? at::empty({shape.images, shape.height, shape.width}, mask)
                      : at::empty({0}, mask),
          at::empty({shape.images, Coefficients::count(shape.channels)},
                    maps.options().dtype(at::kDouble))};
}

ForwardResults loss_forward(const at::Tensor& maps, const at::Tensor& gt_texts,
                            const at::Tensor& gt_kernels, const at::Tensor& training_masks,
                            double ohem_ratio, std::string_view kernel_sample_mask,
                            std::optional<double> text_threshold, double eps, bool return_mask) {
  using Signature =
      ForwardResults(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&,
                     double, std::string_view, std::optional<double>, double, bool);
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("pse::_loss_forward", "").typed<Signature>();
  return op.call(maps, gt_texts, gt_kernels, training_masks, ohem_ratio, kernel_sample_mask,
                 text_threshold, eps, return_mask);
}

at::Tensor loss_backward(const at::Tensor& grad_dice, const at::Tensor& maps,
                         const at::Tensor& gt_texts, const at::Tensor& gt_kernels,
                         const at::Tensor& training_masks, const at::Tensor& coefficients,
                         std::string_view kernel_sample_mask,
                         std::optional<double> text_threshold) {
  using Signature =
      at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&,
                 const at::Tensor&, const at::Tensor&, std::string_view, std::optional<double>);
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("pse::_loss_backward", "").typed<Signature>();
  return op.call(grad_dice, maps, gt_texts, gt_kernels, training_masks, coefficients,
                 kernel_sample_mask, text_threshold);
}

at::Tensor grad_of_dice(const at::Tensor& grad_text, const at::Tensor& grad_kernels,
                        int64_t kernels) {
  // loss_kernels is the mean over the kernels: each gets an equal share.
  const at::Tensor share = (grad_kernels / static_cast<double>(kernels)).unsqueeze(1);
  return at::cat({grad_text.unsqueeze(1), share.expand({-1, kernels})}, 1);
}

}  // namespace pse::ops
