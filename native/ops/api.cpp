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
#include <utility>
#include <vector>

#include "../pse.h"
#include "functions.h"
#include "loss.h"
#include "registration.h"

struct pse_tensor {
  at::Tensor tensor;
};

namespace pse::ops {
namespace {

using at::Tensor;

/** By value of pse_dtype. */
constexpr at::ScalarType kDtypes[] = {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kByte,
                                      at::kInt,   at::kLong,   at::kBool, at::kUInt16};
static_assert(std::size(kDtypes) == PSE_UINT16 + 1 && kDtypes[PSE_UINT8] == at::kByte &&
              kDtypes[PSE_FLOAT64] == at::kDouble);

// Choices cross the treaty by value.
static_assert(static_cast<int64_t>(KernelSampleMask::kUnion) == PSE_MASK_UNION);
static_assert(static_cast<int64_t>(FallbackMask::kNonzero) == PSE_FALLBACK_NONZERO);
static_assert(static_cast<int64_t>(KernelTrainingMask::kAboveHalf) == PSE_TRAINING_ABOVE_HALF);
static_assert(static_cast<int64_t>(Upsample::kBilinear) == PSE_UPSAMPLE_BILINEAR &&
              static_cast<int64_t>(Upsample::kNone) == PSE_UPSAMPLE_NONE);
static_assert(static_cast<int64_t>(NegativePool::kValid) == PSE_POOL_VALID);
static_assert(static_cast<int64_t>(EmptyImages::kSkip) == PSE_EMPTY_SKIP);

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
    // ATen's bool is 0 or 1 and nothing else; a byte of the caller's may be anything.
    const bool is_bool = memory->dtype == PSE_BOOL;
    const auto dtype = is_bool ? at::kByte : kDtypes[memory->dtype];
    const Tensor view =
        at::from_blob(memory->data, at::IntArrayRef(memory->shape, rank), at::dtype(dtype));
    *tensor = new pse_tensor{is_bool ? view.ne(0) : view};
  });
}

void tensor_release(pse_tensor* tensor) { delete tensor; }

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

std::vector<Tensor> labels_of(const pse_loss_batch& batch) {
  if (batch.counts != nullptr) return {batch.counts->tensor};
  return {batch.gt_texts->tensor, batch.gt_kernels->tensor, batch.training_masks->tensor};
}

/** Images that the mean is taken over; of none it is 0. */
double images_of(const Tensor& coefficients) {
  const Tensor counted = coefficients.select(1, Coefficients::kCounted).sum();
  return std::max(counted.item<double>(), 1.);
}

/** Per-image values [5, N] → [5], or as they are. Added up in double, so the order does not matter. */
Tensor reduce(const Tensor& per_image, pse_reduction reduction, double images) {
  if (reduction == PSE_REDUCTION_NONE) return per_image;
  const Tensor sum = per_image.sum(1, false, at::kDouble);
  return (reduction == PSE_REDUCTION_MEAN ? sum / images : sum).to(per_image.scalar_type());
}

/** What is differentiated, with respect to each dice loss; 'none' takes the sum, as PaddleOCR's trainer does. */
Tensor weights_of_dice(const pse_loss_options& options, const Tensor& coefficients, double images,
                       int64_t kernels) {
  const double weight = options.grad_scale / (options.reduction == PSE_REDUCTION_MEAN ? images : 1);
  const Tensor ones = at::ones({coefficients.size(0)}, coefficients.options());
  return grad_of_dice(ones * (options.alpha * weight), ones * (options.kernel_weight * weight),
                      kernels);
}

/** A result goes where it fits, not where it can be converted to or repeated. */
void check_result(const pse_tensor* result, const char* name, const Tensor& value) {
  TORCH_CHECK(result->tensor.sizes() == value.sizes() &&
                  result->tensor.scalar_type() == value.scalar_type(),
              "pse::loss: expected ", name, " to be ", value.scalar_type(), " ", value.sizes(),
              ", got ", result->tensor.scalar_type(), " ", result->tensor.sizes());
}

/** Results and where they go. Written together, once all of them fit: nothing of that can fail or allocates. */
class Results {
 public:
  void add(pse_tensor* result, const char* name, const Tensor& value) {
    if (result == nullptr) return;
    check_result(result, name, value);
    parts_.emplace_back(result, value);
  }
  void write() const {
    for (const auto& [result, value] : parts_) result->tensor.copy_(value);
  }

 private:
  std::vector<std::pair<pse_tensor*, Tensor>> parts_;
};

pse_status loss(const pse_loss_batch* batch, const pse_loss_options* given,
                const pse_loss_results* wanted, pse_error* error) {
  return guarded(error, [&] {
    const at::NoGradGuard no_grad;
    const LossOptions options = options_of(*batch, *given);
    const std::vector<Tensor> labels = labels_of(*batch);
    const Tensor& maps = batch->maps->tensor;
    const auto [loss_text, loss_per_kernel, iou_text, iou_kernel, selected_mask, coefficients] =
        loss_forward(maps, labels, options, wanted->selected_mask != nullptr);
    const double images = images_of(coefficients);
    const Tensor loss_kernels = loss_per_kernel.mean(1);
    const Tensor total = total_loss(loss_text, loss_kernels, given->alpha, given->kernel_weight);
    const Tensor per_image = at::stack({total, loss_text, loss_kernels, iou_text, iou_kernel});

    Results results;
    results.add(wanted->per_image, "per_image", per_image);
    results.add(wanted->reduced, "reduced", reduce(per_image, given->reduction, images));
    results.add(wanted->loss_per_kernel, "loss_per_kernel", loss_per_kernel);
    results.add(wanted->selected_mask, "selected_mask", selected_mask);
    if (wanted->grad_maps != nullptr) {
      const Tensor grad_dice = weights_of_dice(*given, coefficients, images, maps.size(1) - 1);
      results.add(wanted->grad_maps, "grad_maps",
                  loss_backward(grad_dice, maps, labels, coefficients, options,
                                wanted->grad_maps->tensor.scalar_type()));
    }
    results.write();
  });
}

pse_status masks(const pse_loss_batch* batch, const pse_loss_options* given,
                 pse_tensor* selected_mask, pse_tensor* kernel_mask, pse_error* error) {
  return guarded(error, [&] {
    const at::NoGradGuard no_grad;
    const auto [selected, kernels] =
        loss_masks(batch->maps->tensor, labels_of(*batch), options_of(*batch, *given));
    Results results;
    results.add(selected_mask, "selected_mask", selected);
    results.add(kernel_mask, "kernel_mask", kernels);
    results.write();
  });
}

/** Writes what a stand-alone function makes. */
template <typename Function>
pse_status write(pse_tensor* result, pse_error* error, Function function) {
  return guarded(error, [&] {
    const at::NoGradGuard no_grad;
    Results results;
    results.add(result, "result", function());
    results.write();
  });
}

pse_status dice(const pse_tensor* input, const pse_tensor* target, const pse_tensor* mask,
                double eps, int32_t eps_in_numerator, pse_tensor* result, pse_error* error) {
  return write(result, error, [&] {
    return dice_loss(input->tensor, target->tensor, mask->tensor, eps, eps_in_numerator != 0);
  });
}

pse_status ohem(const pse_tensor* scores, const pse_tensor* gt_texts,
                const pse_tensor* training_masks, double ohem_ratio, pse_negative_pool pool,
                pse_fallback_mask fallback, pse_tensor* result, pse_error* error) {
  return write(result, error, [&] {
    return ohem_batch(scores->tensor, gt_texts->tensor, training_masks->tensor, ohem_ratio,
                      pool == PSE_POOL_VALID ? "valid" : "all",
                      fallback == PSE_FALLBACK_NONZERO ? "nonzero" : "value");
  });
}

pse_status iou(const pse_tensor* a, const pse_tensor* b, const pse_tensor* mask, int64_t n_class,
               pse_tensor* result, pse_error* error) {
  return write(result, error, [&] {
    const Tensor per_image = iou_of_classes(a->tensor, b->tensor, mask->tensor, n_class);
    if (result->tensor.dim() == 1) return per_image;
    const auto images = static_cast<double>(std::max<int64_t>(per_image.size(0), 1));
    return (per_image.sum(0, false, at::kDouble) / images).to(per_image.scalar_type());
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
      .loss_masks = pse::ops::masks,
      .dice_loss = pse::ops::dice,
      .ohem_batch = pse::ops::ohem,
      .iou = pse::ops::iou,
  };
  return &table;
}
