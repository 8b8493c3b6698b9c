// Handles: the Externals by which JavaScript holds tensors.
#pragma once

#include <napi.h>

#include <memory>

#include "operand.h"

namespace pse::binding {

/** The place of the tensor of a handle; throws unless it is one of ours that was not given back. */
std::shared_ptr<Slot> slot_of(const Napi::Value& handle, const char* name);

/** A handle of a place. V8 hears of `bytes`, so that it knows what a forgotten handle costs. */
Napi::Value new_handle(Napi::Env env, std::shared_ptr<Slot> slot, int64_t bytes);

/** Addon.newTensor, Addon.releaseTensor, Addon.releaseUnreachable of binding.gyp.d.ts. */
Napi::Value new_tensor(const Napi::CallbackInfo& info);
void release_tensor(const Napi::CallbackInfo& info);
void release_unreachable(const Napi::CallbackInfo& info);

}  // namespace pse::binding
