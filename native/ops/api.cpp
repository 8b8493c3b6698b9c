// Fills the table of native/pse.h: opaque tensors in, status and message out, never an exception.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "../pse.h"
#include "loss.h"
#include "registration.h"

struct pse_tensor {
  at::Tensor tensor;
};

namespace pse::ops {
namespace {

using at::Tensor;

/** By value of pse_dtype. */
constexpr at::ScalarType kDtypes[] = {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16,
                                      at::kByte,  at::kInt,    at::kLong, at::kBool};
static_assert(std::size(kDtypes) == PSE_BOOL + 1 && kDtypes[PSE_UINT8] == at::kByte &&
              kDtypes[PSE_FLOAT64] == at::kDouble);

constexpr std::string_view kMaskWords[] = {"pred", "gt"};
static_assert(std::size(kMaskWords) == PSE_MASK_GT + 1);

pse_status fail(pse_status status, const char* message, pse_error* error) {
  std::snprintf(error->message, sizeof(error->message), "%s", message);
  return status;
}

/** LibTorch's CPU allocator reports exhaustion as a plain c10::Error; only its text tells. */
bool is_out_of_memory(const char* message) {
  const std::string_view text = message;
  return text.find("DefaultCPUAllocator: can't allocate memory") != text.npos ||
         text.find("DefaultCPUAllocator: not enough memory") != text.npos;
}

/** Runs `body` and turns whatever it throws into a status. */
template <typename Body>
pse_status guarded(pse_error* error, Body body) {
  try {
    body();
    return PSE_OK;
  } catch (const c10::OutOfMemoryError& e) {
    return fail(PSE_OUT_OF_MEMORY, e.what_without_backtrace(), error);
  } catch (const c10::Error& e) {
    const char* message = e.what_without_backtrace();
    return fail(is_out_of_memory(message) ? PSE_OUT_OF_MEMORY : PSE_INTERNAL, message, error);
  } catch (const std::bad_alloc& e) {
    return fail(PSE_OUT_OF_MEMORY, e.what(), error);
  } catch (const std::exception& e) {
    return fail(PSE_INTERNAL, e.what(), error);
  } catch (...) {
    return fail(PSE_INTERNAL, "an exception that is no std::exception", error);
  }
}

pse_status tensor_from_memory(const pse_memory* memory, pse_tensor** tensor, pse_error* error) {
  return guarded(error, [&] {
    const auto rank = static_cast<size_t>(memory->rank);
    const auto dtype = kDtypes[memory->dtype];
    *tensor = new pse_tensor{
        at::from_blob(memory->data, at::IntArrayRef(memory->shape, rank), at::dtype(dtype))};
  });
}

void tensor_release(pse_tensor* tensor) { delete tensor; }

/** Per-image values [5, N] → [5], or as they are. Added up in double, so the order does not matter. */
Tensor reduce(const Tensor& per_image, pse_reduction reduction) {
  if (reduction == PSE_REDUCTION_NONE) return per_image;
  const Tensor sum = per_image.sum(1, false, at::kDouble);
  const auto images = static_cast<double>(std::max<int64_t>(per_image.size(1), 1));
  return (reduction == PSE_REDUCTION_MEAN ? sum / images : sum).to(per_image.scalar_type());
}

/** The gradient of the reduced loss; 'none' differentiates the sum, as PaddleOCR's trainer does. */
Tensor gradient(const pse_loss_batch& batch, const pse_loss_options& options,
                const Tensor& coefficients, std::optional<double> text_threshold) {
  const Tensor& maps = batch.maps->tensor;
  const double images = static_cast<double>(maps.size(0));
  const double weight = options.reduction == PSE_REDUCTION_MEAN ? 1 / images : 1;
  const Tensor ones = at::ones({maps.size(0)}, coefficients.options());
  const Tensor grad_dice = grad_of_dice(ones * (options.alpha * weight),
                                        ones * (options.kernel_weight * weight), maps.size(1) - 1);
  return loss_backward(grad_dice, maps, batch.gt_texts->tensor, batch.gt_kernels->tensor,
                       batch.training_masks->tensor, coefficients,
                       kMaskWords[options.kernel_sample_mask], text_threshold);
}

/** A result goes where it fits, not where it can be converted to or repeated. */
void check_result(const pse_tensor* result, const char* name, const Tensor& value) {
  TORCH_CHECK(result->tensor.sizes() == value.sizes() &&
                  result->tensor.scalar_type() == value.scalar_type(),
              "pse::loss: expected ", name, " to be ", value.scalar_type(), " ", value.sizes(),
              ", got ", result->tensor.scalar_type(), " ", result->tensor.sizes());
}

pse_status loss(const pse_loss_batch* batch, const pse_loss_options* options,
                const pse_loss_results* results, pse_error* error) {
  return guarded(error, [&] {
    const at::NoGradGuard no_grad;
    const std::optional<double> text_threshold =
        options->sigmoid_half != 0 ? std::nullopt : std::optional(options->text_threshold);
    const auto [loss_text, loss_per_kernel, iou_text, iou_kernel, selected_mask, coefficients] =
        loss_forward(batch->maps->tensor, batch->gt_texts->tensor, batch->gt_kernels->tensor,
                     batch->training_masks->tensor, options->ohem_ratio,
                     kMaskWords[options->kernel_sample_mask], text_threshold, options->eps,
                     results->selected_mask != nullptr);
    const Tensor loss_kernels = loss_per_kernel.mean(1);
    const Tensor total = options->alpha * loss_text + options->kernel_weight * loss_kernels;
    const Tensor per_image = at::stack({total, loss_text, loss_kernels, iou_text, iou_kernel});
    const Tensor reduced = reduce(per_image, options->reduction);
    Tensor grad_maps;
    if (results->grad_maps != nullptr) {
      grad_maps = gradient(*batch, *options, coefficients, text_threshold);
    }

    check_result(results->per_image, "per_image", per_image);
    check_result(results->reduced, "reduced", reduced);
    check_result(results->loss_per_kernel, "loss_per_kernel", loss_per_kernel);
    if (results->selected_mask != nullptr) {
      check_result(results->selected_mask, "selected_mask", selected_mask);
    }
    if (results->grad_maps != nullptr) check_result(results->grad_maps, "grad_maps", grad_maps);

    // Nothing below can fail or allocates: the results appear together.
    results->per_image->tensor.copy_(per_image);
    results->reduced->tensor.copy_(reduced);
    results->loss_per_kernel->tensor.copy_(loss_per_kernel);
    if (results->selected_mask != nullptr) results->selected_mask->tensor.copy_(selected_mask);
    if (results->grad_maps != nullptr) results->grad_maps->tensor.copy_(grad_maps);
  });
}

#define PSE_TEXT_OF(x) #x
#define PSE_TEXT(x) PSE_TEXT_OF(x)
constexpr char kLibTorchMinor[] = PSE_TEXT(TORCH_VERSION_MAJOR) "." PSE_TEXT(TORCH_VERSION_MINOR);

}  // namespace
}  // namespace pse::ops

extern "C" __attribute__((visibility("default"))) const pse_api_table* pse_api(void) {
  static const pse_api_table table = {
      .version = PSE_API_VERSION,
      .size = sizeof(pse_api_table),
      .libtorch_minor = pse::ops::kLibTorchMinor,
      .registration_error = pse::ops::registration_error(),
      .tensor_from_memory = pse::ops::tensor_from_memory,
      .tensor_release = pse::ops::tensor_release,
      .loss = pse::ops::loss,
  };
  return &table;
}
