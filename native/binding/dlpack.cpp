#include "dlpack.h"

#include <memory>
#include <utility>

#include "../pse.h"
#include "arguments.h"
#include "error.h"
#include "handle.h"
#include "open.h"

namespace pse::binding {
namespace {

/** Every External of this kind carries it: the bytes of "DLPack.Versioned". */
constexpr napi_type_tag kTag = {0x562e6b6361504c44, 0x64656e6f69737265};

/** The head of a DLManagedTensorVersioned, which DLPack promises to keep in every version. */
struct Managed {
  struct {
    uint32_t major, minor;
  } version;
  void* context;
  void (*deleter)(Managed* self);
};

/** What the External points to. Whoever takes the tensor leaves null. */
struct Cell {
  Managed* managed;
};

void drop(Napi::Env, Cell* cell) {
  if (cell->managed != nullptr && cell->managed->deleter != nullptr) {
    cell->managed->deleter(cell->managed);
  }
  delete cell;
}

Cell& cell_of(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  bool fits = false;
  void* data = nullptr;
  if (!value.IsExternal() || napi_check_object_type_tag(env, value, &kTag, &fits) != napi_ok ||
      !fits || napi_get_value_external(env, value, &data) != napi_ok || data == nullptr) {
    throw to_error(env, {"ERR_PSE_TYPE", "no External of DLPack"});
  }
  return *static_cast<Cell*>(data);
}

Napi::Array to_array(Napi::Env env, const int64_t* sizes, int32_t rank) {
  Napi::Array array = Napi::Array::New(env, static_cast<size_t>(rank));
  for (int32_t i = 0; i < rank; ++i) {
    array.Set(static_cast<uint32_t>(i), Napi::Number::New(env, static_cast<double>(sizes[i])));
  }
  return array;
}

}  // namespace

Napi::Value to_dlpack(const Napi::CallbackInfo& info) {
  Call call(info, "toDLPack", 1);
  const Napi::Env env = info.Env();
  const size_t tensor = call.input(info[0], "tensor");
  call.set_largest(0);
  const pse_api_table& api = call.api();
  void* managed = nullptr;
  call.go([&](const Job::Tensors& operands, pse_error* error) {
    return api.tensor_to_dlpack(operands[tensor], &managed, error);
  });
  const auto external =
      Napi::External<Cell>::New(env, new Cell{static_cast<Managed*>(managed)}, drop);
  napi_type_tag_object(env, external, &kTag);
  return external;
}

Napi::Value from_dlpack(const Napi::CallbackInfo& info) {
  const pse_api_table* const api = operators();
  const Napi::Env env = info.Env();
  if (api == nullptr || info.Length() < 1) break_treaty(env, "fromDLPack takes an open LibTorch");
  Cell& cell = cell_of(info[0]);
  if (cell.managed == nullptr) {
    throw to_error(env, {"ERR_PSE_DISPOSED", "its tensor was taken already"});
  }
  pse_error error{};
  pse_tensor* tensor = nullptr;
  check(env, api->tensor_from_dlpack(cell.managed, &tensor, &error), error);
  cell.managed = nullptr;
  auto slot = std::make_shared<Slot>(*api);
  slot->put(tensor);
  pse_layout layout{};
  check(env, api->tensor_layout(tensor, &layout, &error), error);
  Napi::Object made = Napi::Object::New(env);
  // Memory of somebody else's: V8 has heard of it, or need not.
  made.Set("tensor", new_handle(env, std::move(slot), 0));
  made.Set("shape", to_array(env, layout.shape, layout.rank));
  made.Set("strides", to_array(env, layout.strides, layout.rank));
  made.Set("dtype", dtype_name(layout.dtype));
  made.Set("device", static_cast<double>(layout.device));
  return made;
}

}  // namespace pse::binding
