// Tensors behind native/pse.h: made of memory, moved, read, differentiated, handed over by DLPack.
#include <ATen/DLConvertor.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <limits>

#include "api.h"
#include "parallel.h"

namespace pse::ops {
namespace {

using at::Tensor;

at::IntArrayRef sizes_of(const pse_memory& memory) {
  return {memory.shape, static_cast<size_t>(memory.rank)};
}

at::Device to_device(pse_device device) {
  if (device == PSE_CPU) return at::kCPU;
  return {at::kCUDA, static_cast<c10::DeviceIndex>(device)};
}

/** The pse_dtype of a tensor, or -1. */
pse_dtype dtype_of(const Tensor& tensor) {
  for (pse_dtype dtype = 0; dtype <= PSE_UINT16; ++dtype) {
    if (to_dtype(dtype) == tensor.scalar_type()) return dtype;
  }
  return -1;
}

/** A tensor over memory, bytes of bool as they are. */
Tensor view_of(const pse_memory& memory) {
  const auto dtype = memory.dtype == PSE_BOOL ? at::kByte : to_dtype(memory.dtype);
  return at::from_blob(memory.data, sizes_of(memory), at::dtype(dtype));
}

/** A new tensor by `function`, as a result. */
template <typename Function>
pse_status make(pse_tensor** tensor, pse_error* error, Function function) {
  return guarded(error, [&] { *tensor = new pse_tensor{function()}; });
}

}  // namespace

void api::set_thread_count(int32_t count) { at::set_num_threads(count); }

int32_t api::begin_serial() { return set_own_threads(1); }

void api::end_serial(int32_t threads) { set_own_threads(threads); }

pse_status api::tensor_from_memory(const pse_memory* memory, pse_tensor** tensor,
                                   pse_error* error) {
  return guarded(error, [&] {
    // ATen's bool is 0 or 1 and nothing else; a byte of the caller's may be anything.
    const bool is_bool = memory->dtype == PSE_BOOL;
    const Tensor view = view_of(*memory);
    *tensor = new pse_tensor{is_bool ? view.ne(0) : view, !is_bool};
  });
}

pse_status api::tensor_copy_of(const pse_memory* memory, pse_dtype dtype, int32_t requires_grad,
                               pse_tensor** tensor, pse_error* error) {
  return make(tensor, error, [&] {
    Tensor made = at::empty(sizes_of(*memory), at::dtype(to_dtype(memory->dtype)));
    if (memory->dtype == PSE_BOOL) {
      const auto* const from = static_cast<const uint8_t*>(memory->data);
      std::transform(from, from + made.numel(), made.data_ptr<bool>(),
                     [](uint8_t byte) { return byte != 0; });
    } else if (made.nbytes() > 0) {
      std::memcpy(made.data_ptr(), memory->data, made.nbytes());
    }
    // The calling thread is not the one that computes: no parallel region begins on it.
    const int32_t threads = set_own_threads(1);
    const Tensor converted = made.to(to_dtype(dtype));
    set_own_threads(threads);
    return converted.set_requires_grad(requires_grad != 0);
  });
}

pse_status api::tensor_empty(const pse_layout* layout, int32_t pinned, pse_tensor** tensor,
                             pse_error* error) {
  return make(tensor, error, [&] {
    const at::IntArrayRef sizes(layout->shape, static_cast<size_t>(layout->rank));
    return at::empty(sizes, at::dtype(to_dtype(layout->dtype))
                                .device(to_device(layout->device))
                                .pinned_memory(pinned != 0));
  });
}

void api::tensor_release(pse_tensor* tensor) { delete tensor; }

pse_status api::tensor_layout(const pse_tensor* given, pse_layout* layout, pse_error* error) {
  const Tensor& tensor = given->tensor;
  const pse_dtype dtype = dtype_of(tensor);
  const bool known = tensor.device().is_cpu() || tensor.device().is_cuda();
  if (dtype < 0 || !known || tensor.dim() > PSE_MAX_RANK) {
    return fail(PSE_UNSUPPORTED, "a tensor of a dtype, a device or a rank that is not known here",
                error);
  }
  std::copy(tensor.sizes().begin(), tensor.sizes().end(), std::begin(layout->shape));
  std::copy(tensor.strides().begin(), tensor.strides().end(), std::begin(layout->strides));
  layout->rank = static_cast<int32_t>(tensor.dim());
  layout->dtype = dtype;
  layout->device = PSE_CPU;
  if (tensor.device().is_cuda()) layout->device = tensor.device().index();
  return PSE_OK;
}

pse_status api::tensor_read(const pse_tensor* tensor, pse_tensor* result, pse_error* error) {
  return guarded(error, [&] {
    const at::NoGradGuard no_grad;
    const bool is_bool = tensor->tensor.scalar_type() == at::kBool;
    Results results;
    results.add(result, "result", is_bool ? tensor->tensor.to(at::kByte) : tensor->tensor);
    results.write();
  });
}

pse_status api::tensor_to(const pse_tensor* tensor, pse_device device, pse_dtype dtype,
                          int32_t non_blocking, pse_tensor** result, pse_error* error) {
  return make(result, error, [&] {
    const Tensor& from = tensor->tensor;
    const at::Device to = to_device(device);
    // A handle of its own, whose gradient is nobody else's.
    if (from.device() == to && from.scalar_type() == to_dtype(dtype)) return at::alias(from);
    return from.to(to, to_dtype(dtype), non_blocking != 0, /*copy=*/false,
                   at::MemoryFormat::Contiguous);
  });
}

pse_status api::tensor_detach(const pse_tensor* tensor, pse_tensor** result, pse_error* error) {
  return make(result, error, [&] { return tensor->tensor.detach(); });
}

pse_status api::tensor_clone(const pse_tensor* tensor, pse_tensor** result, pse_error* error) {
  return make(result, error, [&] { return tensor->tensor.clone(at::MemoryFormat::Contiguous); });
}

pse_status api::tensor_backward(const pse_tensor* tensor, const pse_tensor* grad_output,
                                pse_error* error) {
  return guarded(error, [&] {
    const Tensor grad = grad_output == nullptr ? Tensor() : grad_output->tensor;
    torch::autograd::backward({tensor->tensor}, {grad});
  });
}

pse_status api::tensor_grad(const pse_tensor* leaf, pse_tensor** grad, pse_error* error) {
  return guarded(error, [&] {
    const Tensor& of_leaf = leaf->tensor.grad();
    *grad = of_leaf.defined() ? new pse_tensor{of_leaf} : nullptr;
  });
}

void api::tensor_clear_grad(pse_tensor* leaf) { leaf->tensor.mutable_grad().reset(); }

pse_status api::tensor_to_dlpack(const pse_tensor* tensor, void** managed, pse_error* error) {
  return guarded(error, [&] { *managed = at::toDLPackVersioned(tensor->tensor.detach()); });
}

namespace {

/** Most axes of a tensor of ours. */
constexpr int32_t kMostAxes = 8;

/** Whether a tensor of DLPack becomes one that is known here: to be asked before it is taken. */
bool is_known(const DLManagedTensorVersioned& managed) {
  const DLTensor& tensor = managed.dl_tensor;
  const bool plain = tensor.dtype.lanes == 1 && tensor.device.device_type == kDLCPU;
  const auto is = [&](DLDataTypeCode code, std::initializer_list<uint8_t> bits) {
    return tensor.dtype.code == code &&
           std::find(bits.begin(), bits.end(), tensor.dtype.bits) != bits.end();
  };
  return managed.version.major == DLPACK_MAJOR_VERSION && plain && tensor.ndim >= 0 &&
         tensor.ndim <= kMostAxes &&
         (is(kDLFloat, {16, 32, 64}) || is(kDLBfloat, {16}) || is(kDLUInt, {8, 16}) ||
          is(kDLInt, {32, 64}) || is(kDLBool, {8}));
}

/** Whether sizes and strides are those of some memory. */
bool is_within_memory(const DLTensor& tensor) {
  int64_t elements = 1, reach = 1;
  for (int32_t axis = tensor.ndim - 1; axis >= 0; --axis) {
    const int64_t size = tensor.shape[axis];
    const int64_t stride = tensor.strides == nullptr ? elements : tensor.strides[axis];
    int64_t step = 0;
    if (size < 0 || stride < 0 ||
        __builtin_mul_overflow(std::max<int64_t>(size, 1) - 1, stride, &step) ||
        __builtin_add_overflow(reach, step, &reach) ||
        __builtin_mul_overflow(elements, std::max<int64_t>(size, 1), &elements)) {
      return false;
    }
  }
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 16;
  return elements <= kMost && reach <= kMost;
}

}  // namespace

pse_status api::tensor_from_dlpack(void* given, pse_tensor** tensor, pse_error* error) {
  auto* const managed = static_cast<DLManagedTensorVersioned*>(given);
  if (!is_known(*managed)) {
    return fail(
        PSE_UNSUPPORTED,
        "a tensor of a dtype, a device, a rank or a version of DLPack that is not known here",
        error);
  }
  // What is not taken has to stay whole: LibTorch deletes, or ends the process, where it refuses.
  if (!is_within_memory(managed->dl_tensor)) {
    return fail(PSE_UNSUPPORTED, "a tensor with a negative size or stride, or beyond all memory",
                error);
  }
  return make(tensor, error, [&] { return at::fromDLPackVersioned(managed); });
}

}  // namespace pse::ops
