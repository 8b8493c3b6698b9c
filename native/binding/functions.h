// The stand-alone functions as JavaScript sees them.
#pragma once

#include <napi.h>

namespace pse::binding {

/** Addon.diceLoss, Addon.ohemBatch and Addon.iou of binding.gyp.d.ts. */
Napi::Value dice_loss(const Napi::CallbackInfo& info);
Napi::Value ohem_batch(const Napi::CallbackInfo& info);
Napi::Value iou(const Napi::CallbackInfo& info);

}  // namespace pse::binding
