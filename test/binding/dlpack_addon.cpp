// Another addon, as somebody else would write one, that makes and takes tensors by DLPack: with the code of docs/dlpack.md
// (dlpack_page.h is what dlpack.test.ts finds on that page), Node-API, and no LibTorch. It counts what becomes of each
// tensor. Arguments are not checked.
#include "dlpack_page.h"

#include <atomic>
#include <cstring>
#include <deque>
#include <vector>

namespace {

/** A tensor over memory of this addon's. Never freed, so that a deleter called twice is counted and not a crash. */
struct Made {
  std::vector<unsigned char> memory;
  std::vector<int64_t> shape, strides;
  std::atomic<int> deleted = 0;
  DLManagedTensorVersioned managed{};
};

std::deque<Made>& made() {
  static auto* const the = new std::deque<Made>;
  return *the;
}

std::vector<DLManagedTensorVersioned*>& taken() {
  static auto* const the = new std::vector<DLManagedTensorVersioned*>;
  return *the;
}

napi_value property(napi_env env, napi_value object, const char* key) {
  napi_value value;
  napi_get_named_property(env, object, key, &value);
  return value;
}

double number(napi_env env, napi_value value) {
  double read = 0;
  napi_get_value_double(env, value, &read);
  return read;
}

std::vector<int64_t> numbers(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  std::vector<int64_t> read(length);
  for (uint32_t i = 0; i < length; ++i) {
    napi_value element;
    napi_get_element(env, array, i, &element);
    read[i] = static_cast<int64_t>(number(env, element));
  }
  return read;
}

napi_value to_js(napi_env env, double value) {
  napi_value made_of_it;
  napi_create_double(env, value, &made_of_it);
  return made_of_it;
}

napi_value to_js(napi_env env, const int64_t* values, int32_t count) {
  napi_value array;
  napi_create_array(env, &array);
  for (int32_t i = 0; i < count; ++i) {
    napi_set_element(env, array, static_cast<uint32_t>(i),
                     to_js(env, static_cast<double>(values[i])));
  }
  return array;
}

/** Up to four arguments. */
struct Arguments {
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = 4;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  napi_value values[4];
};

/** make({ memory, shape, strides, code, bits, major, byteOffset, device }): an External; tensors are numbered from 0. */
napi_value make(napi_env env, napi_callback_info info) {
  const napi_value given = Arguments(env, info).values[0];
  const auto get = [&](const char* key) { return number(env, property(env, given, key)); };
  Made& tensor = made().emplace_back();
  size_t length = 0, element = 0;
  void* data = nullptr;
  napi_typedarray_type type;
  napi_get_typedarray_info(env, property(env, given, "memory"), &type, &length, &data, nullptr,
                           &element);
  tensor.memory.resize(length);
  if (length > 0) std::memcpy(tensor.memory.data(), data, length);
  tensor.shape = numbers(env, property(env, given, "shape"));
  tensor.strides = numbers(env, property(env, given, "strides"));
  tensor.managed = {
      .version = {static_cast<uint32_t>(get("major")), 0},
      .manager_ctx = &tensor,
      .deleter = [](auto* self) { ++static_cast<Made*>(self->manager_ctx)->deleted; },
      .flags = 0,
      .dl_tensor = {.data = tensor.memory.data(),
                    .device = {static_cast<int32_t>(get("device")), 0},
                    .ndim = static_cast<int32_t>(tensor.shape.size()),
                    .dtype = {static_cast<uint8_t>(get("code")), static_cast<uint8_t>(get("bits")), 1},
                    .shape = tensor.shape.data(),
                    .strides = tensor.strides.data(),
                    .byte_offset = static_cast<uint64_t>(get("byteOffset"))}};
  return give_dlpack(env, &tensor.managed);
}

/** deleted(): how often the deleter of each tensor was called. */
napi_value deleted(napi_env env, napi_callback_info) {
  std::vector<int64_t> counts;
  for (const Made& tensor : made()) counts.push_back(tensor.deleted);
  return to_js(env, counts.data(), static_cast<int32_t>(counts.size()));
}

/** holds(external): whether nobody has taken its tensor. */
napi_value holds(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_value_external(env, Arguments(env, info).values[0], &data);
  napi_value answer;
  napi_get_boolean(env, static_cast<DLPackCell*>(data)->managed != nullptr, &answer);
  return answer;
}

/** take(external): what its tensor is, and the number by which it is read, written and released here. */
napi_value take(napi_env env, napi_callback_info info) {
  DLManagedTensorVersioned* const managed = take_dlpack(env, Arguments(env, info).values[0]);
  if (managed == nullptr) return nullptr;
  taken().push_back(managed);
  const DLTensor& tensor = managed->dl_tensor;
  napi_value answer;
  napi_create_object(env, &answer);
  const auto set = [&](const char* key, napi_value value) {
    napi_set_named_property(env, answer, key, value);
  };
  set("number", to_js(env, static_cast<double>(taken().size() - 1)));
  set("major", to_js(env, managed->version.major));
  set("shape", to_js(env, tensor.shape, tensor.ndim));
  set("strides", to_js(env, tensor.strides, tensor.ndim));
  set("code", to_js(env, tensor.dtype.code));
  set("bits", to_js(env, tensor.dtype.bits));
  set("lanes", to_js(env, tensor.dtype.lanes));
  set("device", to_js(env, tensor.device.device_type));
  return answer;
}

/** The float32 at a place in memory of a tensor that was taken. */
float& element_of(napi_env env, const Arguments& given) {
  const DLTensor& tensor =
      taken()[static_cast<size_t>(number(env, given.values[0]))]->dl_tensor;
  auto* const first = static_cast<char*>(tensor.data) + tensor.byte_offset;
  return reinterpret_cast<float*>(first)[static_cast<size_t>(number(env, given.values[1]))];
}

/** read(number, place) */
napi_value read(napi_env env, napi_callback_info info) {
  return to_js(env, element_of(env, Arguments(env, info)));
}

/** write(number, place, value) */
napi_value write(napi_env env, napi_callback_info info) {
  const Arguments given(env, info);
  element_of(env, given) = static_cast<float>(number(env, given.values[2]));
  return nullptr;
}

/** release(number) */
napi_value release(napi_env env, napi_callback_info info) {
  const auto place = static_cast<size_t>(number(env, Arguments(env, info).values[0]));
  auto* const managed = std::exchange(taken()[place], nullptr);
  managed->deleter(managed);
  return nullptr;
}

/** foreign(tagged): an External of another kind, without a tag or with another one. */
napi_value foreign(napi_env env, napi_callback_info info) {
  bool tagged = false;
  napi_get_value_bool(env, Arguments(env, info).values[0], &tagged);
  static int nothing = 0;
  constexpr napi_type_tag kOther = {1, 2};
  napi_value external;
  napi_create_external(env, &nothing, nullptr, nullptr, &external);
  if (tagged) napi_type_tag_object(env, external, &kOther);
  return external;
}

}  // namespace

NAPI_MODULE_INIT() {
  const std::pair<const char*, napi_callback> functions[] = {
      {"make", make}, {"deleted", deleted}, {"holds", holds},     {"take", take},
      {"read", read}, {"write", write},     {"release", release}, {"foreign", foreign}};
  for (const auto& [name, function] : functions) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    napi_set_named_property(env, exports, name, value);
  }
  return exports;
}
