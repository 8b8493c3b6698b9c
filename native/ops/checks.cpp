#include "checks.h"

#include <c10/util/Exception.h>

namespace pse::ops {
namespace {

using at::Tensor;
using c10::SymInt;

void check_label(const Tensor& label, const char* name, int64_t rank, const Tensor& maps) {
  TORCH_CHECK(label.dim() == rank, "pse::loss: expected ", name, " to have ", rank,
              " dimensions, got ", label.sym_sizes());
  TORCH_CHECK(label.device() == maps.device(), "pse::loss: expected ", name,
              " on the device of maps, ", maps.device(), ", got ", label.device());
  TORCH_CHECK(!label.is_complex(), "pse::loss: expected ", name, " to be real, got ",
              label.scalar_type());
}

void check_maps(const Tensor& maps) {
  TORCH_CHECK(maps.dim() == 4, "pse::loss: expected maps to be [N, C, h, w], got ",
              maps.sym_sizes());
  TORCH_CHECK(maps.is_floating_point(), "pse::loss: expected maps to be floating, got ",
              maps.scalar_type());
  TORCH_CHECK(maps.sym_size(1) >= 2,
              "pse::loss: expected maps with a text map and at least one kernel, got ",
              maps.sym_sizes());
}

/** Whether labels of H × W fit maps. */
void check_factor(const Tensor& maps, const SymInt& height, const SymInt& width,
                  const Tensor& gt_texts, Upsample upsample) {
  const SymInt map_height = maps.sym_size(2), map_width = maps.sym_size(3);
  TORCH_CHECK(map_height > 0 && map_width > 0 && height > 0 && width > 0,
              "pse::loss: expected maps and labels with pixels, got ", maps.sym_sizes(), " and ",
              gt_texts.sym_sizes());
  switch (upsample) {
    case Upsample::kNearest: {
      const SymInt scale = height / map_height;
      TORCH_CHECK(height == scale * map_height && width == scale * map_width,
                  "pse::loss: expected labels to be maps times one integer, got ",
                  gt_texts.sym_sizes(), " for ", maps.sym_sizes());
      break;
    }
    case Upsample::kNone:
      TORCH_CHECK(height == map_height && width == map_width,
                  "pse::loss: expected labels of the size of maps without upsampling, got ",
                  gt_texts.sym_sizes(), " for ", maps.sym_sizes());
      break;
    case Upsample::kBilinear:
      break;
  }
}

BatchShape check_pixels(const Tensor& maps, at::TensorList labels, const LossOptions& options) {
  const Tensor &gt_texts = labels[0], &gt_kernels = labels[1], &training_masks = labels[2];
  check_label(gt_texts, "gt_texts", 3, maps);
  check_label(gt_kernels, "gt_kernels", 4, maps);
  check_label(training_masks, "training_masks", 3, maps);

  const SymInt images = maps.sym_size(0), channels = maps.sym_size(1);
  const SymInt height = gt_texts.sym_size(1), width = gt_texts.sym_size(2);
  check_factor(maps, height, width, gt_texts, options.upsample);
  TORCH_CHECK(gt_texts.sym_size(0) == images && training_masks.sym_sizes() == gt_texts.sym_sizes(),
              "pse::loss: expected gt_texts and training_masks to be [", images, ", H, W], got ",
              gt_texts.sym_sizes(), " and ", training_masks.sym_sizes());
  TORCH_CHECK(gt_kernels.sym_size(0) == images && gt_kernels.sym_size(1) >= channels - 1 &&
                  gt_kernels.sym_size(2) == height && gt_kernels.sym_size(3) == width,
              "pse::loss: expected gt_kernels to be [", images, ", at least ", channels - 1, ", ",
              height, ", ", width, "], got ", gt_kernels.sym_sizes());
  return {images, channels, height, width};
}

BatchShape check_counts(const Tensor& maps, const Tensor& counts, const LossOptions& options) {
  check_label(counts, "counts", 4, maps);
  TORCH_CHECK(!counts.is_floating_point() && counts.scalar_type() != at::kBool,
              "pse::loss_compact: expected counts to be integers, got ", counts.scalar_type());
  const int64_t scale = options.compact_scale;
  TORCH_CHECK(scale >= 1, "pse::loss_compact: expected scale to be 1 to 255, got ", scale);
  const SymInt images = maps.sym_size(0), channels = maps.sym_size(1);
  TORCH_CHECK(counts.sym_size(0) == images && counts.sym_size(2) == maps.sym_size(2) &&
                  counts.sym_size(3) == maps.sym_size(3) && counts.sym_size(1) % 2 == 1 &&
                  counts.sym_size(1) >= 3 + 2 * (channels - 1),
              "pse::loss_compact: expected counts to be [", images, ", 3 + 2Kg, ", maps.sym_size(2),
              ", ", maps.sym_size(3), "] with Kg of at least ", channels - 1, ", got ",
              counts.sym_sizes());
  TORCH_CHECK(maps.sym_size(2) > 0 && maps.sym_size(3) > 0,
              "pse::loss_compact: expected maps with pixels, got ", maps.sym_sizes());
  TORCH_CHECK(options.upsample != Upsample::kBilinear,
              "pse::loss_compact: compact labels are for nearest upsampling");
  return {images, channels, maps.sym_size(2) * scale, maps.sym_size(3) * scale};
}

}  // namespace

BatchShape check_batch(const Tensor& maps, at::TensorList labels, const LossOptions& options) {
  check_maps(maps);
  if (labels.size() == 1) return check_counts(maps, labels[0], options);
  TORCH_CHECK(labels.size() == 3, "pse::loss: expected three labels or their counts, got ",
              labels.size(), " tensors");
  return check_pixels(maps, labels, options);
}

void check_alike(const char* call, const char* name, const Tensor& given, const char* like_name,
                 const Tensor& like) {
  TORCH_CHECK(given.sym_sizes() == like.sym_sizes(), call, ": expected ", name, " to be ",
              like.sym_sizes(), ", as ", like_name, ", got ", given.sym_sizes());
  TORCH_CHECK(given.device() == like.device(), call, ": expected ", name, " on the device of ",
              like_name, ", ", like.device(), ", got ", given.device());
  TORCH_CHECK(!given.is_complex(), call, ": expected ", name, " to be real, got ",
              given.scalar_type());
}

}  // namespace pse::ops
