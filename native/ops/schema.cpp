// The operators, as a table of contents. Each is implemented in <backend>/loss.cpp and explained in loss.h.
#include "registration.h"

PSE_SCHEMA(m) {
  m.def(
      "loss(Tensor maps, Tensor gt_texts, Tensor gt_kernels, Tensor training_masks, *, "
      "float alpha=0.7, float? kernel_weight=None, float ohem_ratio=3., "
      "str kernel_sample_mask='pred', float? text_threshold=None, float eps=1e-6, "
      "bool return_mask=False) -> "
      "(Tensor loss, Tensor loss_text, Tensor loss_kernels, Tensor iou_text, Tensor iou_kernel, "
      "Tensor loss_per_kernel, Tensor selected_mask)");

  m.def(
      "_loss_forward(Tensor maps, Tensor gt_texts, Tensor gt_kernels, Tensor training_masks, *, "
      "float ohem_ratio, str kernel_sample_mask, float? text_threshold, float eps, "
      "bool return_mask) -> "
      "(Tensor loss_text, Tensor loss_per_kernel, Tensor iou_text, Tensor iou_kernel, "
      "Tensor selected_mask, Tensor coefficients)");

  m.def(
      "_loss_backward(Tensor grad_dice, Tensor maps, Tensor gt_texts, Tensor gt_kernels, "
      "Tensor training_masks, Tensor coefficients, *, str kernel_sample_mask, "
      "float? text_threshold) -> Tensor");
}
