// The exports of pse_loss.node: exactly what binding.gyp.d.ts declares.
#include <napi.h>

#include "../pse.h"
#include "exit.h"
#include "functions.h"
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
  exports.Set("lossMasksSync", Napi::Function::New(env, loss_masks_sync, "lossMasksSync"));
  exports.Set("diceLossSync", Napi::Function::New(env, dice_loss_sync, "diceLossSync"));
  exports.Set("ohemBatchSync", Napi::Function::New(env, ohem_batch_sync, "ohemBatchSync"));
  exports.Set("iouSync", Napi::Function::New(env, iou_sync, "iouSync"));
  return exports;
}

}  // namespace

NODE_API_MODULE(pse_loss, initialize)

}  // namespace pse::binding
