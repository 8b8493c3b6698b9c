// The operators, as a table of contents. loss.h and functions.h explain them; <backend>/loss.cpp and
// composite/functions.cpp implement them.
#include "registration.h"

PSE_SCHEMA(m) {
  m.def(
      "loss(Tensor maps, Tensor gt_texts, Tensor gt_kernels, Tensor training_masks, *, "
      "float alpha=0.7, float? kernel_weight=None, float ohem_ratio=3., "
      "str kernel_sample_mask='pred', float? text_threshold=None, float eps=1e-6, "
      "bool eps_in_numerator=False, bool binarize_labels=False, str fallback_mask='value', "
      "str kernel_training_mask='value', str upsample='nearest', bool align_corners=False, "
      "str negative_pool='all', str empty_images='include', bool return_mask=False) -> "
      "(Tensor loss, Tensor loss_text, Tensor loss_kernels, Tensor iou_text, Tensor iou_kernel, "
      "Tensor loss_per_kernel, Tensor selected_mask)");

  m.def(
      "loss_compact(Tensor maps, Tensor counts, int scale, *, "
      "float alpha=0.7, float? kernel_weight=None, float ohem_ratio=3., "
      "str kernel_sample_mask='pred', float? text_threshold=None, float eps=1e-6, "
      "bool eps_in_numerator=False, str negative_pool='all', str empty_images='include') -> "
      "(Tensor loss, Tensor loss_text, Tensor loss_kernels, Tensor iou_text, Tensor iou_kernel, "
      "Tensor loss_per_kernel)");

  m.def(
      "_loss_forward(Tensor maps, Tensor[] labels, *, float[] numbers, int[] choices, "
      "bool return_mask) -> "
      "(Tensor loss_text, Tensor loss_per_kernel, Tensor iou_text, Tensor iou_kernel, "
      "Tensor selected_mask, Tensor coefficients)");

  m.def(
      "_loss_backward(Tensor grad_dice, Tensor maps, Tensor[] labels, Tensor coefficients, *, "
      "float[] numbers, int[] choices, ScalarType? dtype) -> Tensor");

  m.def(
      "_loss_masks(Tensor maps, Tensor[] labels, *, float[] numbers, int[] choices) -> "
      "(Tensor selected_mask, Tensor kernel_mask)");

  m.def(
      "dice_loss(Tensor input, Tensor target, Tensor mask, *, float eps=1e-6, "
      "bool eps_in_numerator=False) -> Tensor");

  m.def(
      "ohem_batch(Tensor scores, Tensor gt_texts, Tensor training_masks, *, float ohem_ratio=3., "
      "str negative_pool='all', str fallback_mask='value') -> Tensor");

  m.def("iou(Tensor a, Tensor b, Tensor mask, *, int n_class=2) -> Tensor");
}
