// The loss as JavaScript sees it: typed arrays → opaque tensors → pse.h.
#pragma once

#include <napi.h>

namespace pse::binding {

/** Addon.lossSync and Addon.lossMasksSync of binding.gyp.d.ts. */
void loss_sync(const Napi::CallbackInfo& info);
void loss_masks_sync(const Napi::CallbackInfo& info);

}  // namespace pse::binding
