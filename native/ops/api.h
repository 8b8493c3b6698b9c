// What the parts of the table of native/pse.h share: opaque tensors in, status and message out, never an exception.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "../pse.h"

struct pse_tensor {
  at::Tensor tensor;
  /** Over memory of the caller's: no graph may keep it. */
  bool borrowed = false;
};

namespace pse::ops {

/** The dtype of a pse_dtype. */
at::ScalarType to_dtype(pse_dtype dtype);

/** Writes the message and answers the status. */
pse_status fail(pse_status status, const char* message, pse_error* error);

/** The status of what LibTorch throws, which for some things only its text tells. */
pse_status status_of(const char* message);

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
    return fail(status_of(message), message, error);
  } catch (const std::bad_alloc& e) {
    return fail(PSE_OUT_OF_MEMORY, e.what(), error);
  } catch (const std::exception& e) {
    return fail(status_of(e.what()), e.what(), error);
  } catch (...) {
    return fail(PSE_INTERNAL, "an exception that is no std::exception", error);
  }
}

/** What a graph may keep of an argument: where there is one, a copy of memory of the caller's. */
inline at::Tensor to_keep(const pse_tensor* tensor, bool has_graph) {
  return tensor->borrowed && has_graph ? tensor->tensor.clone() : tensor->tensor;
}

/** Results and where they go. Written together, once all of them fit: nothing of that can fail or allocates. */
class Results {
 public:
  /** Throws unless the value fits: a result goes where it fits, not where it can be converted to or repeated. */
  void add(pse_tensor* result, const char* name, const at::Tensor& value);
  void write() const;

 private:
  std::vector<std::pair<pse_tensor*, at::Tensor>> parts_;
};

// The parts of the table; native/pse.h says what they do.
namespace api {

void set_thread_count(int32_t count);
int32_t begin_serial();
void end_serial(int32_t threads);

pse_status tensor_from_memory(const pse_memory* memory, pse_tensor** tensor, pse_error* error);
pse_status tensor_copy_of(const pse_memory* memory, pse_dtype dtype, int32_t requires_grad,
                          pse_tensor** tensor, pse_error* error);
pse_status tensor_empty(const pse_layout* layout, int32_t pinned, pse_tensor** tensor,
                        pse_error* error);
void tensor_release(pse_tensor* tensor);
pse_status tensor_layout(const pse_tensor* tensor, pse_layout* layout, pse_error* error);
pse_status tensor_read(const pse_tensor* tensor, pse_tensor* result, pse_error* error);
pse_status tensor_to(const pse_tensor* tensor, pse_device device, pse_dtype dtype,
                     int32_t non_blocking, pse_tensor** result, pse_error* error);
pse_status tensor_detach(const pse_tensor* tensor, pse_tensor** result, pse_error* error);
pse_status tensor_clone(const pse_tensor* tensor, pse_tensor** result, pse_error* error);
pse_status tensor_backward(const pse_tensor* tensor, const pse_tensor* grad_output,
                           pse_error* error);
pse_status tensor_grad(const pse_tensor* leaf, pse_tensor** grad, pse_error* error);
void tensor_clear_grad(pse_tensor* leaf);
pse_status tensor_to_dlpack(const pse_tensor* tensor, void** managed, pse_error* error);
pse_status tensor_from_dlpack(void* managed, pse_tensor** tensor, pse_error* error);

pse_status loss(const pse_loss_batch* batch, const pse_loss_options* options,
                const pse_loss_results* results, pse_error* error);
pse_status loss_tensors(const pse_loss_batch* batch, const pse_loss_options* options,
                        const int32_t* wanted, pse_dtype grad_dtype, pse_tensor** results,
                        pse_error* error);
pse_status loss_masks(const pse_loss_batch* batch, const pse_loss_options* options,
                      pse_tensor* selected_mask, pse_tensor* kernel_mask, pse_error* error);

pse_status dice_loss(const pse_tensor* input, const pse_tensor* target, const pse_tensor* mask,
                     double eps, int32_t eps_in_numerator, pse_tensor* result, pse_tensor** made,
                     pse_error* error);
pse_status ohem_batch(const pse_tensor* scores, const pse_tensor* gt_texts,
                      const pse_tensor* training_masks, double ohem_ratio, pse_negative_pool pool,
                      pse_fallback_mask fallback, pse_tensor* result, pse_tensor** made,
                      pse_error* error);
pse_status iou(const pse_tensor* a, const pse_tensor* b, const pse_tensor* mask, int64_t n_class,
               int32_t mean, pse_tensor* result, pse_tensor** made, pse_error* error);

}  // namespace api
}  // namespace pse::ops
