// Tensors from and for other addons, by DLPack: an External whose pointer leads to a DLManagedTensorVersioned.
#pragma once

#include <napi.h>

namespace pse::binding {

/** Addon.toDLPack and Addon.fromDLPack of binding.gyp.d.ts. docs/dlpack.md describes the External. */
Napi::Value to_dlpack(const Napi::CallbackInfo& info);
Napi::Value from_dlpack(const Napi::CallbackInfo& info);

}  // namespace pse::binding
