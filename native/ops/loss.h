// What pse::loss means. The public operator, the two it is made of, and the words they share.
//
// Shape letters, here and everywhere: N images, C = 1 + K channels (the text map, then K text kernels from
// large to small), H × W label size, h × w map size, s = H / h = W / w, P = H · W.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace pse::ops {

struct BatchShape;

/**
 * pse::loss — the PSE loss of each image: masked dice losses of the text map and of its shrunk kernels.
 *
 *   loss = alpha · loss_text + kernel_weight · loss_kernels
 *
 * loss_text is the dice loss of the text map over the pixels that online hard example mining keeps,
 * loss_kernels the mean of the dice losses of the K kernels over the kernel mask. docs/loss.md has the
 * formulas, the derivation of the gradient, and the source of every rule.
 *
 * Args:
 *   maps            floating [N, C, h, w]   logits, no sigmoid
 *   gt_texts        any [N, H, W]           text target, 0…1
 *   gt_kernels      any [N, Kg, H, W]       kernel targets, Kg ≥ K; the first K are learned, the last is
 *                                           what iou_kernel compares with, as PaddleOCR does
 *   training_masks  any [N, H, W]           1 = learn, 0 = ignore
 *   alpha           weight of the text loss
 *   kernel_weight   weight of the kernel loss, 1 − alpha if absent
 *   ohem_ratio      negatives kept per positive; positives · ratio in double, truncated
 *   kernel_sample_mask  'pred': predicted text times the training mask; 'gt': the text target times it
 *   text_threshold  a text logit above it is predicted text; if absent, the largest logit whose sigmoid
 *                   rounds to one half
 *   eps             added to both sums of squares of the dice denominator
 *   return_mask     whether selected_mask is wanted
 *
 * Returns, in the dtype of maps (float32 for half maps):
 *   loss, loss_text, loss_kernels  [N]  differentiable with respect to maps
 *   iou_text, iou_kernel           [N]  mean IoU over background and foreground
 *   loss_per_kernel                [N, K]
 *   selected_mask                  float32 [N, H, W], the pixels that OHEM kept; [0] unless return_mask
 *
 * Source: PaddleOCR 2.x, ppocr/losses/det_pse_loss.py; Wang et al., arXiv 1903.12473, §3.4.
 */
using LossResults =
    std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/**
 * pse::_loss_forward — everything that does not depend on the two weights.
 *
 * Returns loss_text [N], loss_per_kernel [N, K], iou_text [N], iou_kernel [N], selected_mask, and
 * coefficients, float64 [N, 2 + 2C]: what the backward pass needs besides the inputs (see Coefficients).
 */
using ForwardResults =
    std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/** Memory for those results, in their shapes and dtypes and on the device of maps; not written. */
ForwardResults empty_results(const BatchShape& shape, const at::Tensor& maps, bool return_mask);

/** The columns of `coefficients`, per image. */
struct Coefficients {
  /** OHEM's threshold: the lowest logit of a kept negative. */
  static constexpr int64_t kThreshold = 0;
  /** 1 where the threshold decides, 0 where OHEM falls back to the raw training mask. */
  static constexpr int64_t kMined = 1;
  /** C columns, k1 = −2 / (b + c) of each channel's dice loss. */
  static constexpr int64_t kFirst = 2;
  /** C columns, k2 = 4a / (b + c)² of each channel's dice loss. */
  static constexpr int64_t second(int64_t channels) { return kFirst + channels; }
  static constexpr int64_t count(int64_t channels) { return kFirst + 2 * channels; }
};

/** Which pixels count for the text kernels. */
enum class KernelSampleMask { kPred, kGt };

/** The option's value for its word; throws on any other word, where upstream silently takes OHEM's mask. */
KernelSampleMask parse_kernel_sample_mask(std::string_view word);

/**
 * The text threshold in the arithmetic of `maps`: x > result decides exactly as x > text_threshold would in
 * real numbers. Absent: the largest x whose sigmoid rounds to one half, 1.5 · 2^-24 (2^-53 for float64).
 */
double text_threshold_for(std::optional<double> text_threshold, at::ScalarType maps);

/** The dtype that a loss on maps of this dtype is computed and returned in: float64 stays, all else is float32. */
at::ScalarType result_dtype(at::ScalarType maps);

/** pse::_loss_forward through the dispatcher. */
ForwardResults loss_forward(const at::Tensor& maps, const at::Tensor& gt_texts,
                            const at::Tensor& gt_kernels, const at::Tensor& training_masks,
                            double ohem_ratio, std::string_view kernel_sample_mask,
                            std::optional<double> text_threshold, double eps, bool return_mask);

/**
 * pse::_loss_backward through the dispatcher.
 *
 * grad_dice [N, C] is the gradient of what is differentiated with respect to the dice loss of each channel.
 * Returns the gradient with respect to maps, [N, C, h, w], in their dtype. It has no derivative of its own.
 */
at::Tensor loss_backward(const at::Tensor& grad_dice, const at::Tensor& maps,
                         const at::Tensor& gt_texts, const at::Tensor& gt_kernels,
                         const at::Tensor& training_masks, const at::Tensor& coefficients,
                         std::string_view kernel_sample_mask, std::optional<double> text_threshold);

/** The gradient with respect to each channel's dice loss: grad_text [N] and grad_kernels [N] → [N, C]. */
at::Tensor grad_of_dice(const at::Tensor& grad_text, const at::Tensor& grad_kernels,
                        int64_t kernels);

}  // namespace pse::ops
