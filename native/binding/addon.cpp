// The exports of pse_loss.node: exactly what binding.gyp.d.ts declares.
#include <napi.h>

#include "../pse.h"
#include "dlpack.h"
#include "exit.h"
#include "functions.h"
#include "handle.h"
#include "loss.h"
#include "open.h"
#include "queue.h"
#include "runtime.h"
#include "tensor.h"

namespace pse::binding {
namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  stop_on_exit(env);
  open_lane(env);
  exports.Set("apiVersion", Napi::Number::New(env, PSE_API_VERSION));
  const auto add = [&](const char* name, auto function) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("loadedLibTorch", loaded_libtorch);
  add("open", open);
  add("openSync", open_sync);
  add("cancel", cancel);
  add("setThreads", set_threads);
  add("threads", threads);
  add("queueState", state_of_queue);
  add("trim", trim);
  add("newTensor", new_tensor);
  add("releaseTensor", release_tensor);
  add("releaseUnreachable", release_unreachable);
  add("tensorFrom", tensor_from);
  add("tensorEmpty", tensor_empty);
  add("readTensor", read_tensor);
  add("convertTensor", convert_tensor);
  add("detachTensor", detach_tensor);
  add("cloneTensor", clone_tensor);
  add("waitFor", wait_for);
  add("backward", backward);
  add("clearGrad", clear_grad);
  add("toDLPack", to_dlpack);
  add("fromDLPack", from_dlpack);
  add("loss", loss);
  add("lossTensors", loss_tensors);
  add("lossMasks", loss_masks);
  add("diceLoss", dice_loss);
  add("ohemBatch", ohem_batch);
  add("iou", iou);
  return exports;
}

}  // namespace

NODE_API_MODULE(pse_loss, initialize)

}  // namespace pse::binding
