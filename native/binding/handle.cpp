#include "handle.h"

#include <string>
#include <unordered_set>
#include <utility>

#include "error.h"
#include "open.h"

namespace pse::binding {
namespace {

/** What an External of ours points to. On the JavaScript thread only. */
struct Handle {
  std::shared_ptr<Slot> slot;
  int64_t bytes;
  /** Weak: tells at once that the External is gone; its finalizer runs when the loop turns. */
  napi_ref external;
};

/** All that were not finalized, of this thread's environment. */
std::unordered_set<Handle*>& live() {
  static thread_local std::unordered_set<Handle*> handles;
  return handles;
}

/** Says that an External is one of ours: any other would be read as memory that it is not. */
constexpr napi_type_tag kTag = {0x6f2a51c7d38e4b90, 0x9d1c7be04a5f2836};

void give_back(Napi::Env env, Handle& handle) {
  if (handle.slot == nullptr) return;
  handle.slot.reset();
  Napi::MemoryManagement::AdjustExternalMemory(env, -handle.bytes);
}

Handle& handle_of(const Napi::Value& value, const char* name) {
  const Napi::Env env = value.Env();
  bool ours = false;
  void* data = nullptr;
  if (!value.IsExternal() || napi_check_object_type_tag(env, value, &kTag, &ours) != napi_ok ||
      !ours || napi_get_value_external(env, value, &data) != napi_ok) {
    break_treaty(env, std::string(name) + " is no NativeTensor");
  }
  return *static_cast<Handle*>(data);
}

}  // namespace

std::shared_ptr<Slot> slot_of(const Napi::Value& value, const char* name) {
  const Handle& handle = handle_of(value, name);
  if (handle.slot == nullptr) {
    throw to_error(value.Env(), {"ERR_PSE_DISPOSED", std::string(name) + " was disposed of"});
  }
  return handle.slot;
}

Napi::Value new_handle(Napi::Env env, std::shared_ptr<Slot> slot, int64_t bytes) {
  auto* const handle = new Handle{std::move(slot), bytes, nullptr};
  const auto external = Napi::External<Handle>::New(env, handle, [](Napi::Env of, Handle* data) {
    give_back(of, *data);
    napi_delete_reference(of, data->external);
    live().erase(data);
    delete data;
  });
  napi_type_tag_object(env, external, &kTag);
  napi_create_reference(env, external, 0, &handle->external);
  live().insert(handle);
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
  return external;
}

Napi::Value new_tensor(const Napi::CallbackInfo& info) {
  const pse_api_table& api = open_operators(info, "newTensor", 1);
  return new_handle(info.Env(), std::make_shared<Slot>(api),
                    info[0].As<Napi::Number>().Int64Value());
}

void release_unreachable(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::HandleScope scope(env);
  for (Handle* const handle : live()) {
    napi_value external = nullptr;
    const napi_status status = napi_get_reference_value(env, handle->external, &external);
    if (status == napi_ok && external == nullptr) give_back(env, *handle);
  }
}

void release_tensor(const Napi::CallbackInfo& info) {
  if (info.Length() < 1) break_treaty(info.Env(), "releaseTensor takes a NativeTensor");
  give_back(info.Env(), handle_of(info[0], "tensor"));
}

}  // namespace pse::binding
