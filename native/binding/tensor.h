// Tensors as JavaScript holds them: made, moved, read, differentiated, handed to other addons.
#pragma once

#include <napi.h>

namespace pse::binding {

/** The members of Addon in binding.gyp.d.ts of those names. */
Napi::Value tensor_from(const Napi::CallbackInfo& info);
Napi::Value tensor_empty(const Napi::CallbackInfo& info);
Napi::Value read_tensor(const Napi::CallbackInfo& info);
Napi::Value convert_tensor(const Napi::CallbackInfo& info);
Napi::Value detach_tensor(const Napi::CallbackInfo& info);
Napi::Value clone_tensor(const Napi::CallbackInfo& info);
Napi::Value wait_for(const Napi::CallbackInfo& info);
Napi::Value backward(const Napi::CallbackInfo& info);
Napi::Value clear_grad(const Napi::CallbackInfo& info);

}  // namespace pse::binding
