// What pse::loss means. The public operators, the two halves they are made of, and the words they share.
//
// Shape letters, here and everywhere: N images, C = 1 + K channels (the text map, then K text kernels from
// large to small), H × W label size, h × w map size, s = H / h = W / w, P = H · W.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "options.h"

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
 *   kernel_sample_mask  'pred': predicted text; 'gt': the text target; 'union': the larger of the two;
 *                   each times the training mask
 *   text_threshold  a text logit above it is predicted text; if absent, the largest logit whose sigmoid
 *                   rounds to one half
 *   eps             added to both sums of squares of the dice denominator
 *   eps_in_numerator  added to its numerator's sum too, so that nothing predicted where nothing is has loss 0
 *   binarize_labels   text and kernel targets above one half count as 1, all else as 0
 *   fallback_mask   where OHEM falls back to the training mask: 'value' as it is, 'nonzero' as 1 where it is not 0
 *   kernel_training_mask  what the kernel mask is multiplied by: 'value', or 'above-half', 1 where it is above one half
 *   upsample        'nearest' (H / h = W / w, an integer), 'bilinear' (any H × W), 'none' (H × W = h × w)
 *   align_corners   of 'bilinear', as in torch.nn.functional.interpolate
 *   negative_pool   OHEM's candidates: 'all' pixels without text, or the 'valid', those that are learned
 *   empty_images    images without text to learn: 'include' them, or 'skip' them: losses, IoUs and gradient 0
 *   return_mask     whether selected_mask is wanted
 *
 * Returns, in the dtype of maps (float32 for half maps):
 *   loss, loss_text, loss_kernels  [N]  differentiable with respect to maps
 *   iou_text, iou_kernel           [N]  mean IoU over background and foreground
 *   loss_per_kernel                [N, K]
 *   selected_mask                  float32 [N, H, W], the pixels that OHEM kept; [0] unless return_mask
 *
 * Sources: PaddleOCR 2.x, ppocr/losses/det_pse_loss.py; whai362/PSENet, models/head/psenet_head.py;
 * open-mmlab/mmocr, mmocr/models/textdet/module_losses/pse_module_loss.py; Wang et al., arXiv 1903.12473, §3.4.
 */
using LossResults =
    std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/**
 * pse::loss_compact — the same of binary labels that were folded into counts, for nearest upsampling by `scale`.
 *
 * counts, integers [N, 3 + 2Kg, h, w], are how many of the s × s pixels below a logit hold 1, in the order
 * g, m, m·g, m·k for each kernel, m·g·k for each kernel (g text target, m training mask, k kernel target).
 * Every result has the bits that pse::loss gives for the labels themselves; there is no selected_mask.
 */
using CompactResults =
    std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/**
 * pse::_loss_forward — everything that does not depend on the two weights.
 *
 * `labels` are gt_texts, gt_kernels and training_masks, or counts alone; the options travel packed.
 * Returns loss_text [N], loss_per_kernel [N, K], iou_text [N], iou_kernel [N], selected_mask, and
 * coefficients, float64 [N, 3 + 2C]: what the backward pass needs besides the inputs (see Coefficients).
 */
using ForwardResults =
    std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

/** Memory for those results, in their shapes and dtypes and on the device of maps; not written. */
ForwardResults empty_results(const BatchShape& shape, const at::Tensor& maps, bool return_mask);

/** The columns of `coefficients`, per image. */
struct Coefficients {
  /** OHEM's threshold: the lowest logit of a kept negative. */
  static constexpr int64_t kThreshold = 0;
  /** 1 where the threshold decides, 0 where OHEM falls back to the training mask. */
  static constexpr int64_t kMined = 1;
  /** 1 for images that count, 0 for those that are skipped. */
  static constexpr int64_t kCounted = 2;
  /** C columns, k1 = −2 / (b + c) of each channel's dice loss. */
  static constexpr int64_t kFirst = 3;
  /** C columns, k2 = 4a / (b + c)² of each channel's dice loss. */
  static c10::SymInt second(const c10::SymInt& channels) { return kFirst + channels; }
  static c10::SymInt count(const c10::SymInt& channels) { return kFirst + 2 * channels; }
};

/** The dtype that a loss on maps of this dtype is computed and returned in: float64 stays, all else is float32. */
at::ScalarType result_dtype(at::ScalarType maps);

/** pse::_loss_forward through the dispatcher. */
ForwardResults loss_forward(const at::Tensor& maps, at::TensorList labels,
                            const LossOptions& options, bool return_mask);

/**
 * pse::_loss_backward through the dispatcher.
 *
 * grad_dice [N, C] is the gradient of what is differentiated with respect to the dice loss of each channel.
 * Returns the gradient with respect to maps, [N, C, h, w], in `dtype` or in theirs. It has no derivative of its own.
 */
at::Tensor loss_backward(const at::Tensor& grad_dice, const at::Tensor& maps, at::TensorList labels,
                         const at::Tensor& coefficients, const LossOptions& options,
                         std::optional<at::ScalarType> dtype = std::nullopt);

/**
 * pse::_loss_masks through the dispatcher: what the two dice losses received, float32 [N, H, W] each; of compact
 * labels how many pixels of each block, [N, h, w].
 */
std::tuple<at::Tensor, at::Tensor> loss_masks(const at::Tensor& maps, at::TensorList labels,
                                              const LossOptions& options);

/** What a loss is made of, with its graph; `coefficients` are those of _loss_forward. */
struct LossParts {
  LossResults results;
  at::Tensor coefficients;
};

/** pse::loss, or with counts for labels pse::loss_compact, as autograd sees it: below its own words for the options. */
LossParts differentiable_loss(const at::Tensor& maps, const std::vector<at::Tensor>& labels,
                              const LossOptions& options, double alpha, double kernel_weight,
                              bool return_mask);

/** alpha · loss_text + kernel_weight · loss_kernels, [N]. */
at::Tensor total_loss(const at::Tensor& loss_text, const at::Tensor& loss_kernels, double alpha,
                      double kernel_weight);

/** The gradient with respect to each channel's dice loss: grad_text [N] and grad_kernels [N] → [N, C]. */
at::Tensor grad_of_dice(const at::Tensor& grad_text, const at::Tensor& grad_kernels,
                        const c10::SymInt& kernels);

}  // namespace pse::ops
