#include "tensor.h"

#include <memory>
#include <utility>
#include <vector>

#include "../pse.h"
#include "arguments.h"
#include "error.h"
#include "handle.h"
#include "open.h"
#include "queue.h"

namespace pse::binding {
namespace {

/** A handle of a tensor that is there already. */
Napi::Value hold(Napi::Env env, const pse_api_table& api, pse_tensor* tensor, int64_t bytes) {
  auto slot = std::make_shared<Slot>(api);
  slot->put(tensor);
  return new_handle(env, std::move(slot), bytes);
}

/** Makes the second argument of the first by `function`, in the queue. */
template <typename Function>
Napi::Value derive(Call& call, const Napi::CallbackInfo& info, Function function) {
  const size_t from = call.input(info[0], "tensor");
  const std::shared_ptr<Slot> slot = call.make(info[1], "result");
  call.set_largest(static_cast<double>(kInlineElements));
  return call.go([=](const Job::Tensors& operands, pse_error* error) {
    pse_tensor* made = nullptr;
    const pse_status status = function(operands[from], &made, error);
    slot->put(made);
    return status;
  });
}

}  // namespace

Napi::Value tensor_from(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "tensorFrom", 2);
  const Napi::Env env = info.Env();
  const auto given = info[1].As<Napi::Object>();
  const pse_dtype dtype = read_dtype(env, given.Get("dtype").ToString(), "dtype");
  const int32_t requires_grad = read_flag(given, "requiresGrad");
  const auto bytes = static_cast<int64_t>(read_number(given, "bytes"));
  const Operand array = read_memory(info[0], "data");
  const pse_memory memory{array.memory, array.shape.data(),
                          static_cast<int32_t>(array.shape.size()), array.dtype};
  pse_tensor* tensor = nullptr;
  pse_error error{};
  check(env, api.tensor_copy_of(&memory, dtype, requires_grad, &tensor, &error), error);
  return hold(env, api, tensor, bytes);
}

Napi::Value tensor_empty(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "tensorEmpty", 1);
  const Napi::Env env = info.Env();
  const auto given = info[0].As<Napi::Object>();
  const std::vector<int64_t> shape = read_sizes(given.Get("shape"), "shape");
  pse_layout layout{};
  layout.rank = static_cast<int32_t>(shape.size());
  for (size_t i = 0; i < shape.size(); ++i) layout.shape[i] = shape[i];
  layout.dtype = read_dtype(env, given.Get("dtype").ToString(), "dtype");
  layout.device = static_cast<pse_device>(read_number(given, "device"));
  const int32_t pinned = read_flag(given, "pinned");
  const auto bytes = static_cast<int64_t>(read_number(given, "bytes"));
  pse_tensor* tensor = nullptr;
  pse_error error{};
  check(env, api.tensor_empty(&layout, pinned, &tensor, &error), error);
  return hold(env, api, tensor, bytes);
}

Napi::Value read_tensor(const Napi::CallbackInfo& info) {
  Call call(info, "readTensor", 2);
  const size_t tensor = call.input(info[0], "tensor");
  const size_t result = call.output(info[1], "result");
  call.set_largest(0);
  const pse_api_table& api = call.api();
  return call.go([=, &api](const Job::Tensors& operands, pse_error* error) {
    return api.tensor_read(operands[tensor], operands[result], error);
  });
}

Napi::Value convert_tensor(const Napi::CallbackInfo& info) {
  Call call(info, "convertTensor", 3);
  const auto given = info[2].As<Napi::Object>();
  const auto device = static_cast<pse_device>(read_number(given, "device"));
  const pse_dtype dtype = read_dtype(info.Env(), given.Get("dtype").ToString(), "dtype");
  const int32_t non_blocking = read_flag(given, "nonBlocking");
  const pse_api_table& api = call.api();
  return derive(call, info, [=, &api](auto* tensor, auto** made, auto* error) {
    return api.tensor_to(tensor, device, dtype, non_blocking, made, error);
  });
}

Napi::Value detach_tensor(const Napi::CallbackInfo& info) {
  Call call(info, "detachTensor", 2);
  return derive(call, info, call.api().tensor_detach);
}

Napi::Value clone_tensor(const Napi::CallbackInfo& info) {
  Call call(info, "cloneTensor", 2);
  return derive(call, info, call.api().tensor_clone);
}

Napi::Value backward(const Napi::CallbackInfo& info) {
  Call call(info, "backward", 3);
  // What a pass has used of the graph is gone, and what it has added to a leaf is there.
  call.set_once();
  const auto given = info[2].As<Napi::Object>();
  const size_t tensor = call.input(info[0], "tensor");
  const size_t grad_output = call.input_if(given, "gradOutput");
  call.set_largest(read_number(given, "largest"));
  const auto leaves = info[1].As<Napi::Array>();
  std::vector<std::shared_ptr<Slot>> of_leaves, of_grads;
  for (uint32_t i = 0; i < leaves.Length(); ++i) {
    const Napi::Value pair = leaves.Get(i);
    if (!pair.IsObject()) break_treaty(info.Env(), "leaves are pairs");
    of_leaves.push_back(slot_of(pair.As<Napi::Object>().Get("leaf"), "leaf"));
    of_grads.push_back(call.make(pair.As<Napi::Object>().Get("grad"), "grad"));
  }
  const pse_api_table& api = call.api();
  return call.go([=, &api](const Job::Tensors& operands, pse_error* error) {
    pse_status status = api.tensor_backward(operands[tensor], operands[grad_output], error);
    for (size_t i = 0; i < of_leaves.size() && status == PSE_OK; ++i) {
      pse_tensor* grad = nullptr;
      status = api.tensor_grad(of_leaves[i]->get(), &grad, error);
      of_grads[i]->put(grad);
    }
    return status;
  });
}

Napi::Value wait_for(const Napi::CallbackInfo& info) {
  Call call(info, "waitFor", 1);
  call.input(info[0], "tensor");
  call.set_largest(0);
  return call.go([](const Job::Tensors&, pse_error*) { return PSE_OK; });
}

Napi::Value clear_grad(const Napi::CallbackInfo& info) {
  Call call(info, "clearGrad", 1);
  const size_t leaf = call.input(info[0], "leaf");
  call.set_largest(0);
  const pse_api_table& api = call.api();
  return call.go([=, &api](const Job::Tensors& operands, pse_error*) {
    api.tensor_clear_grad(operands[leaf]);
    return PSE_OK;
  });
}

}  // namespace pse::binding
