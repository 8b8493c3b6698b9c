// The exports of pse_loss.node: exactly what binding.gyp.d.ts declares.
#include <napi.h>

#include "../pse.h"
#include "exit.h"
#include "loss.h"
#include "open.h"

namespace pse::binding {
namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  stop_on_exit(env);
  exports.Set("apiVersion", Napi::Number::New(env, PSE_API_VERSION));
  exports.Set("loadedLibTorch", Napi::Function::New(env, loaded_libtorch, "loadedLibTorch"));
  exports.Set("open", Napi::Function::New(env, open, "open"));
  exports.Set("openSync", Napi::Function::New(env, open_sync, "openSync"));
  exports.Set("lossSync", Napi::Function::New(env, loss_sync, "lossSync"));
  return exports;
}

}  // namespace

NODE_API_MODULE(pse_loss, initialize)

}  // namespace pse::binding
