#include "checks.h"

#include <c10/util/Exception.h>

#include <cmath>

namespace pse::ops {
namespace {

void check_label(const at::Tensor& label, const char* name, int64_t rank, const at::Tensor& maps) {
  TORCH_CHECK(label.dim() == rank, "pse::loss: expected ", name, " to have ", rank,
              " dimensions, got ", label.sizes());
  TORCH_CHECK(label.device() == maps.device(), "pse::loss: expected ", name,
              " on the device of maps, ", maps.device(), ", got ", label.device());
  TORCH_CHECK(!label.is_complex(), "pse::loss: expected ", name, " to be real, got ",
              label.scalar_type());
}

}  // namespace

BatchShape check_batch(const at::Tensor& maps, const at::Tensor& gt_texts,
                       const at::Tensor& gt_kernels, const at::Tensor& training_masks) {
  TORCH_CHECK(maps.dim() == 4, "pse::loss: expected maps to be [N, C, h, w], got ", maps.sizes());
  TORCH_CHECK(maps.is_floating_point(), "pse::loss: expected maps to be floating, got ",
              maps.scalar_type());
  check_label(gt_texts, "gt_texts", 3, maps);
  check_label(gt_kernels, "gt_kernels", 4, maps);
  check_label(training_masks, "training_masks", 3, maps);

  const int64_t images = maps.size(0), channels = maps.size(1);
  const int64_t height = gt_texts.size(1), width = gt_texts.size(2);
  TORCH_CHECK(channels >= 2,
              "pse::loss: expected maps with a text map and at least one kernel, got ",
              maps.sizes());
  TORCH_CHECK(maps.size(2) > 0 && maps.size(3) > 0 && height > 0 && width > 0,
              "pse::loss: expected maps and labels with pixels, got ", maps.sizes(), " and ",
              gt_texts.sizes());
  const int64_t scale = height / maps.size(2);
  TORCH_CHECK(height == scale * maps.size(2) && width == scale * maps.size(3),
              "pse::loss: expected labels to be maps times one integer, got ", gt_texts.sizes(),
              " for ", maps.sizes());
  TORCH_CHECK(gt_texts.size(0) == images && training_masks.sizes() == gt_texts.sizes(),
              "pse::loss: expected gt_texts and training_masks to be [", images, ", H, W], got ",
              gt_texts.sizes(), " and ", training_masks.sizes());
  TORCH_CHECK(gt_kernels.size(0) == images && gt_kernels.size(1) >= channels - 1 &&
                  gt_kernels.size(2) == height && gt_kernels.size(3) == width,
              "pse::loss: expected gt_kernels to be [", images, ", at least ", channels - 1, ", ",
              height, ", ", width, "], got ", gt_kernels.sizes());
  return {images, channels, height, width, scale};
}

void check_scalars(double ohem_ratio, double eps) {
  TORCH_CHECK(ohem_ratio >= 0 && std::isfinite(ohem_ratio),
              "pse::loss: expected ohem_ratio to be finite and at least 0, got ", ohem_ratio);
  TORCH_CHECK(eps > 0 && std::isfinite(eps),
              "pse::loss: expected eps to be finite and above 0, got ", eps);
}

}  // namespace pse::ops
