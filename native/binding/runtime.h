// The queue as JavaScript sees it.
#pragma once

#include <napi.h>

namespace pse::binding {

/** Addon.cancel, Addon.setThreads, Addon.threads, Addon.queueState of binding.gyp.d.ts. */
Napi::Value cancel(const Napi::CallbackInfo& info);
void set_threads(const Napi::CallbackInfo& info);
Napi::Value threads(const Napi::CallbackInfo& info);
Napi::Value state_of_queue(const Napi::CallbackInfo& info);
/** Addon.trim. */
void trim(const Napi::CallbackInfo& info);

}  // namespace pse::binding
