// What the operators require of their inputs. Users of the Node package never see these messages, because
// lib/arguments checks first; users of torch.ops do.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace pse::ops {

/** The sizes of a batch that fits together. */
struct BatchShape {
  int64_t images;    // N
  int64_t channels;  // C = 1 + K
  int64_t height;    // H
  int64_t width;     // W
  int64_t scale;     // s = H / h = W / w

  int64_t kernels() const { return channels - 1; }
};

/** Checks dtypes, devices, ranks and sizes (metadata only, so it works on any device), or throws c10::Error. */
BatchShape check_batch(const at::Tensor& maps, const at::Tensor& gt_texts,
                       const at::Tensor& gt_kernels, const at::Tensor& training_masks);

/** Checks the scalars that a selection and a dice loss are made with, or throws c10::Error. */
void check_scalars(double ohem_ratio, double eps);

}  // namespace pse::ops
