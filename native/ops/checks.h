// What the operators require of their inputs. Users of the Node package never see these messages, because
// lib/arguments checks first; users of torch.ops do.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymInt.h>

#include "options.h"

namespace pse::ops {

/** The sizes of a batch that fits together; symbols where torch.compile traces. */
struct BatchShape {
  c10::SymInt images;    // N
  c10::SymInt channels;  // C = 1 + K
  c10::SymInt height;    // H
  c10::SymInt width;     // W

  c10::SymInt kernels() const { return channels - 1; }
};

/**
 * Checks dtypes, devices, ranks and sizes (metadata only, so it works on any device), or throws c10::Error.
 * `labels` are gt_texts, gt_kernels and training_masks, or the counts of compact labels.
 */
BatchShape check_batch(const at::Tensor& maps, at::TensorList labels, const LossOptions& options);

/** Checks one array of a stand-alone function against another of the same shape and device. */
void check_alike(const char* call, const char* name, const at::Tensor& given, const char* like_name,
                 const at::Tensor& like);

}  // namespace pse::ops
