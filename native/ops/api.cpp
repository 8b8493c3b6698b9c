// Fills the table of native/pse.h. Its parts are api_tensor.cpp, api_loss.cpp and api_functions.cpp.
#include "api.h"

#include <ATen/core/Formatting.h>
#include <torch/version.h>

#include <cstdio>
#include <iterator>
#include <string_view>

#include "registration.h"

namespace pse::ops {
namespace {

/** By value of pse_dtype. */
constexpr at::ScalarType kDtypes[] = {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16, at::kByte,
                                      at::kInt,   at::kLong,   at::kBool, at::kUInt16};
static_assert(std::size(kDtypes) == PSE_UINT16 + 1 && kDtypes[PSE_UINT8] == at::kByte &&
              kDtypes[PSE_FLOAT64] == at::kDouble);

/** LibTorch throws plain errors for these; only their text tells. */
constexpr struct {
  std::string_view text;
  pse_status status;
} kTold[] = {
    {"DefaultCPUAllocator: can't allocate memory", PSE_OUT_OF_MEMORY},
    {"DefaultCPUAllocator: not enough memory", PSE_OUT_OF_MEMORY},
    {"backward through the graph a second time", PSE_GRAPH_FREED},
    {"modified by an inplace operation", PSE_CHANGED},
};

#define PSE_TEXT_OF(x) #x
#define PSE_TEXT(x) PSE_TEXT_OF(x)
constexpr char kLibTorchMinor[] = PSE_TEXT(TORCH_VERSION_MAJOR) "." PSE_TEXT(TORCH_VERSION_MINOR);

}  // namespace

at::ScalarType to_dtype(pse_dtype dtype) { return kDtypes[dtype]; }

pse_status fail(pse_status status, const char* message, pse_error* error) {
  std::snprintf(error->message, sizeof(error->message), "%s", message);
  return status;
}

pse_status status_of(const char* message) {
  for (const auto& [text, status] : kTold) {
    if (std::string_view(message).find(text) != std::string_view::npos) return status;
  }
  return PSE_INTERNAL;
}

void Results::add(pse_tensor* result, const char* name, const at::Tensor& value) {
  if (result == nullptr) return;
  TORCH_CHECK(result->tensor.sizes() == value.sizes() &&
                  result->tensor.scalar_type() == value.scalar_type(),
              "pse::loss: expected ", name, " to be ", value.scalar_type(), " ", value.sizes(),
              ", got ", result->tensor.scalar_type(), " ", result->tensor.sizes());
  parts_.emplace_back(result, value);
}

void Results::write() const {
  for (const auto& [result, value] : parts_) result->tensor.copy_(value);
}

}  // namespace pse::ops

extern "C" __attribute__((visibility("default"))) const pse_api_table* pse_api(void) {
  namespace api = pse::ops::api;
  static const pse_api_table table = {
      .version = PSE_API_VERSION,
      .size = sizeof(pse_api_table),
      .libtorch_minor = pse::ops::kLibTorchMinor,
      .registration_error = pse::ops::registration_error(),
      .set_thread_count = api::set_thread_count,
      .begin_serial = api::begin_serial,
      .end_serial = api::end_serial,
      .tensor_from_memory = api::tensor_from_memory,
      .tensor_copy_of = api::tensor_copy_of,
      .tensor_empty = api::tensor_empty,
      .tensor_release = api::tensor_release,
      .tensor_layout = api::tensor_layout,
      .tensor_read = api::tensor_read,
      .tensor_to = api::tensor_to,
      .tensor_detach = api::tensor_detach,
      .tensor_clone = api::tensor_clone,
      .tensor_backward = api::tensor_backward,
      .tensor_grad = api::tensor_grad,
      .tensor_clear_grad = api::tensor_clear_grad,
      .tensor_to_dlpack = api::tensor_to_dlpack,
      .tensor_from_dlpack = api::tensor_from_dlpack,
      .loss = api::loss,
      .loss_tensors = api::loss_tensors,
      .loss_masks = api::loss_masks,
      .dice_loss = api::dice_loss,
      .ohem_batch = api::ohem_batch,
      .iou = api::iou,
  };
  return &table;
}
