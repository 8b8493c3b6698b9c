// The stand-alone functions as JavaScript sees them.
#pragma once

#include <napi.h>

namespace pse::binding {

/** Addon.diceLossSync, Addon.ohemBatchSync and Addon.iouSync of binding.gyp.d.ts. */
void dice_loss_sync(const Napi::CallbackInfo& info);
void ohem_batch_sync(const Napi::CallbackInfo& info);
void iou_sync(const Napi::CallbackInfo& info);

}  // namespace pse::binding
