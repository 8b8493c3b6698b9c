// Opens LibTorch and the operator library that was built for it, once per process, by absolute path. This
// addon links neither: what is missing or does not fit is an error to be read, not a process that dies.
#pragma once

#include <napi.h>

#include "../pse.h"

namespace pse::binding {

/** The operators, if they are open, or null. */
const pse_api_table* operators() noexcept;

/** The same for a call of `count` arguments, objects or numbers all; throws where the treaty is broken. */
const pse_api_table& open_operators(const Napi::CallbackInfo& info, const char* call, size_t count);

/** Addon.loadedLibTorch, Addon.open, Addon.openSync of binding.gyp.d.ts. */
Napi::Value loaded_libtorch(const Napi::CallbackInfo& info);
Napi::Value open(const Napi::CallbackInfo& info);
Napi::Value open_sync(const Napi::CallbackInfo& info);

}  // namespace pse::binding
