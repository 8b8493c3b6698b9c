// The loss as JavaScript sees it: typed arrays and handles → opaque tensors → pse.h.
#pragma once

#include <napi.h>

namespace pse::binding {

/** Addon.loss, Addon.lossTensors and Addon.lossMasks of binding.gyp.d.ts. */
Napi::Value loss(const Napi::CallbackInfo& info);
Napi::Value loss_tensors(const Napi::CallbackInfo& info);
Napi::Value loss_masks(const Napi::CallbackInfo& info);

}  // namespace pse::binding
