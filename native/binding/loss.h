// The loss as JavaScript sees it: typed arrays → opaque tensors → pse.h.
#pragma once

#include <napi.h>

namespace pse::binding {

/** Addon.lossSync of binding.gyp.d.ts. */
void loss_sync(const Napi::CallbackInfo& info);

}  // namespace pse::binding
