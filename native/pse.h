// The treaty between Node and LibTorch: plain C, so that neither side's C++ ABI crosses it.
//
// libpse_ops-<LibTorch minor>.so exports one function, pse_api(), which answers this table. The addon
// finds everything else through it. Every function may be called from any thread, at the same time as
// any other; none throws; none keeps a pointer that it was given, except where it says so.
#ifndef PSE_H
#define PSE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Raised by every change of this file. Addon and operators work together only if it is equal.
#define PSE_API_VERSION 3

// A tensor of LibTorch. Made by tensor_*, given back to tensor_release exactly once.
typedef struct pse_tensor pse_tensor;

typedef int32_t pse_status;
enum {
  PSE_OK = 0,
  PSE_OUT_OF_MEMORY = 1,
  PSE_INTERNAL = 2,     // whatever else LibTorch or the operators refused
  PSE_UNSUPPORTED = 3,  // a tensor of a dtype, device or form that is not known here
  PSE_GRAPH_FREED = 4,  // what the backward pass needs was given back by an earlier one
  PSE_CHANGED = 5,      // what the backward pass needs was changed in place
};

// Written by a function that does not return PSE_OK; the text ends with a zero byte.
typedef struct pse_error {
  char message[2048];
} pse_error;

typedef int32_t pse_dtype;
enum {
  PSE_FLOAT32 = 0,
  PSE_FLOAT64 = 1,
  PSE_FLOAT16 = 2,
  PSE_BFLOAT16 = 3,
  PSE_UINT8 = 4,
  PSE_INT32 = 5,
  PSE_INT64 = 6,
  PSE_BOOL = 7,
  PSE_UINT16 = 8,  // counts of compact labels only
};

// Dense row-major memory of the caller's, on the CPU.
typedef struct pse_memory {
  void* data;
  const int64_t* shape;
  int32_t rank;
  pse_dtype dtype;
} pse_memory;

// A device by number: the CPU, or a CUDA device by its index.
typedef int32_t pse_device;
enum { PSE_CPU = -1 };

// The greatest rank that pse_layout can say; LibTorch's own limit.
enum { PSE_MAX_RANK = 64 };

// What a tensor looks like.
typedef struct pse_layout {
  int64_t shape[PSE_MAX_RANK];
  int64_t strides[PSE_MAX_RANK];
  int32_t rank;
  pse_dtype dtype;
  pse_device device;
} pse_layout;

// The words of the options, in the order of native/ops/options.h.
typedef int32_t pse_kernel_sample_mask;
enum { PSE_MASK_PRED = 0, PSE_MASK_GT = 1, PSE_MASK_UNION = 2 };

typedef int32_t pse_fallback_mask;
enum { PSE_FALLBACK_VALUE = 0, PSE_FALLBACK_NONZERO = 1 };

typedef int32_t pse_kernel_training_mask;
enum { PSE_TRAINING_VALUE = 0, PSE_TRAINING_ABOVE_HALF = 1 };

typedef int32_t pse_upsample;
enum { PSE_UPSAMPLE_NEAREST = 0, PSE_UPSAMPLE_BILINEAR = 1, PSE_UPSAMPLE_NONE = 2 };

typedef int32_t pse_negative_pool;
enum { PSE_POOL_ALL = 0, PSE_POOL_VALID = 1 };

typedef int32_t pse_empty_images;
enum { PSE_EMPTY_INCLUDE = 0, PSE_EMPTY_SKIP = 1 };

typedef int32_t pse_reduction;
enum { PSE_REDUCTION_NONE = 0, PSE_REDUCTION_MEAN = 1, PSE_REDUCTION_SUM = 2 };

// What pse::loss does; the words are those of native/ops/loss.h. There are no defaults here.
typedef struct pse_loss_options {
  double alpha;
  double kernel_weight;
  double ohem_ratio;
  double eps;
  // Read where sigmoid_half is 0. Else the threshold is the largest logit whose sigmoid rounds to
  // one half in the dtype of maps.
  double text_threshold;
  int32_t sigmoid_half;
  pse_kernel_sample_mask kernel_sample_mask;
  pse_fallback_mask fallback_mask;
  pse_kernel_training_mask kernel_training_mask;
  pse_upsample upsample;
  pse_negative_pool negative_pool;
  pse_empty_images empty_images;
  pse_reduction reduction;
  int32_t eps_in_numerator;
  int32_t binarize_labels;
  int32_t align_corners;
  // Multiplies the gradient before it is rounded to its dtype.
  double grad_scale;
} pse_loss_options;

// Labels are pixels or, where counts is given, compact: then the other three are not read.
typedef struct pse_loss_batch {
  const pse_tensor* maps;            // floating [N, C, h, w], logits
  const pse_tensor* gt_texts;        // [N, H, W]
  const pse_tensor* gt_kernels;      // [N, Kg, H, W]
  const pse_tensor* training_masks;  // [N, H, W]
  const pse_tensor* counts;          // uint8 or uint16 [N, 3 + 2Kg, h, w], or null
  int64_t scale;                     // s of the counts
} pse_loss_batch;

// Where the results go. Written together after the last step that can fail, or not at all.
typedef struct pse_loss_results {
  pse_tensor* per_image;        // [5, N]: loss, loss_text, loss_kernels, iou_text, iou_kernel
  pse_tensor* reduced;          // the same five: [5], or [5, N] without reduction
  pse_tensor* loss_per_kernel;  // [N, K]
  pse_tensor* selected_mask;    // [N, H, W], or null
  // [N, C, h, w] of the reduced loss (none: of the sum), in the dtype of maps or float32, or null
  pse_tensor* grad_maps;
} pse_loss_results;

// The same as tensors of their own. Of those with a graph `loss`, `loss_text` and `loss_kernels` are differentiable.
enum {
  PSE_LOSS = 0,
  PSE_LOSS_TEXT,
  PSE_LOSS_KERNELS,
  PSE_IOU_TEXT,
  PSE_IOU_KERNEL,
  PSE_PER_IMAGE = 5,  // the same five again, [N] each
  PSE_LOSS_PER_KERNEL = 10,
  PSE_SELECTED_MASK,
  PSE_GRAD_MAPS,
  PSE_LOSS_TENSORS  // how many
};

typedef struct pse_api_table {
  uint32_t version;  // PSE_API_VERSION of the operators
  uint32_t size;     // sizeof(pse_api_table) of the operators
  // The LibTorch that the operators were compiled for: "2.13".
  const char* libtorch_minor;
  // Why the operators could not be registered with LibTorch, or null.
  const char* registration_error;

  // Threads that LibTorch uses for what the calling thread computes from now on.
  void (*set_thread_count)(int32_t count);
  // What the calling thread computes between the two stays on it; the number goes from one to the other.
  int32_t (*begin_serial)(void);
  void (*end_serial)(int32_t threads);

  // A tensor over memory of the caller's, which must outlive it; of bool, whose bytes count as 1 where they
  // are not 0, a copy. No result of an operation is such memory, nor does a graph keep it.
  pse_status (*tensor_from_memory)(const pse_memory* memory, pse_tensor** tensor, pse_error* error);
  // A tensor of its own with those elements, converted to a dtype, on the CPU.
  pse_status (*tensor_copy_of)(const pse_memory* memory, pse_dtype dtype, int32_t requires_grad,
                               pse_tensor** tensor, pse_error* error);
  // A dense tensor of any elements; of a layout its strides are not read.
  pse_status (*tensor_empty)(const pse_layout* layout, int32_t pinned, pse_tensor** tensor,
                             pse_error* error);
  void (*tensor_release)(pse_tensor* tensor);
  pse_status (*tensor_layout)(const pse_tensor* tensor, pse_layout* layout, pse_error* error);
  // Writes its elements into one of its shape and dtype; those of bool into uint8.
  pse_status (*tensor_read)(const pse_tensor* tensor, pse_tensor* result, pse_error* error);

  // The three carry the graph on, but for detach; where nothing changes they share the memory.
  pse_status (*tensor_to)(const pse_tensor* tensor, pse_device device, pse_dtype dtype,
                          int32_t non_blocking, pse_tensor** result, pse_error* error);
  pse_status (*tensor_detach)(const pse_tensor* tensor, pse_tensor** result, pse_error* error);
  pse_status (*tensor_clone)(const pse_tensor* tensor, pse_tensor** result, pse_error* error);

  // Adds the gradients of a tensor, times grad_output (null: 1, of a scalar), to its leaves.
  pse_status (*tensor_backward)(const pse_tensor* tensor, const pse_tensor* grad_output,
                                pse_error* error);
  // What was added to a leaf, or null.
  pse_status (*tensor_grad)(const pse_tensor* leaf, pse_tensor** grad, pse_error* error);
  void (*tensor_clear_grad)(pse_tensor* leaf);

  // A DLManagedTensorVersioned of DLPack 1: whoever gets it calls its deleter.
  pse_status (*tensor_to_dlpack)(const pse_tensor* tensor, void** managed, pse_error* error);
  // Takes one, and with it the duty to call its deleter, but for failures.
  pse_status (*tensor_from_dlpack)(void* managed, pse_tensor** tensor, pse_error* error);

  // The loss of a batch, and its gradient where results->grad_maps is given.
  pse_status (*loss)(const pse_loss_batch* batch, const pse_loss_options* options,
                     const pse_loss_results* results, pse_error* error);

  // The same as new tensors, by the numbers above, each null unless wanted[i] is not 0. With PSE_GRAD_MAPS, in
  // grad_dtype, none of them has a graph.
  pse_status (*loss_tensors)(const pse_loss_batch* batch, const pse_loss_options* options,
                             const int32_t* wanted, pse_dtype grad_dtype, pse_tensor** results,
                             pse_error* error);

  // What the two dice losses of that batch received, float32 [N, H, W] each; of compact labels how many
  // pixels of each block, [N, h, w].
  pse_status (*loss_masks)(const pse_loss_batch* batch, const pse_loss_options* options,
                           pse_tensor* selected_mask, pse_tensor* kernel_mask, pse_error* error);

  // The functions write into `result` or, where that is null, make a tensor of it, with a graph where it has one.

  // Logits, target and mask, all [N, …] → [N].
  pse_status (*dice_loss)(const pse_tensor* input, const pse_tensor* target, const pse_tensor* mask,
                          double eps, int32_t eps_in_numerator, pse_tensor* result,
                          pse_tensor** made, pse_error* error);

  // Scores and labels, all [N, H, W] → float32 [N, H, W].
  pse_status (*ohem_batch)(const pse_tensor* scores, const pse_tensor* gt_texts,
                           const pse_tensor* training_masks, double ohem_ratio,
                           pse_negative_pool pool, pse_fallback_mask fallback, pse_tensor* result,
                           pse_tensor** made, pse_error* error);

  // Class numbers and mask, all [N, …] → [N], or their mean, [].
  pse_status (*iou)(const pse_tensor* a, const pse_tensor* b, const pse_tensor* mask,
                    int64_t n_class, int32_t mean, pse_tensor* result, pse_tensor** made,
                    pse_error* error);
} pse_api_table;

// The one export of libpse_ops-<minor>.so.
const pse_api_table* pse_api(void);

// Its type, for dlsym.
typedef const pse_api_table* (*pse_api_function)(void);

#ifdef __cplusplus
}
#endif

#endif  // PSE_H
