#include "arguments.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "error.h"

namespace pse::binding {
namespace {

/** How each dtype travels; by value of pse_dtype. */
struct Carrier {
  std::string_view dtype;
  napi_typedarray_type array;
};
constexpr std::array kCarriers = {
    Carrier{"float32", napi_float32_array}, Carrier{"float64", napi_float64_array},
    Carrier{"float16", napi_uint16_array},  Carrier{"bfloat16", napi_uint16_array},
    Carrier{"uint8", napi_uint8_array},     Carrier{"int32", napi_int32_array},
    Carrier{"int64", napi_bigint64_array},  Carrier{"bool", napi_uint8_array},
    Carrier{"uint16", napi_uint16_array},
};
static_assert(kCarriers.size() == PSE_UINT16 + 1 && kCarriers[PSE_UINT8].dtype == "uint8");

/** Float16Array, of Nodes that have it; the headers of Node-API 8 have no name for it. */
constexpr int kFloat16Array = 11;

constexpr uint32_t kMaxRank = 8;

pse_dtype read_dtype(const Napi::Object& array, const char* name) {
  const std::string word = array.Get("dtype").ToString();
  for (size_t i = 0; i < kCarriers.size(); ++i) {
    if (kCarriers[i].dtype == word) return static_cast<pse_dtype>(i);
  }
  break_treaty(array.Env(), std::string(name) + " is of no dtype, " + word);
}

/** Whether elements of a dtype may lie in such an array. */
bool carries(napi_typedarray_type type, pse_dtype dtype) {
  return type == kCarriers[static_cast<size_t>(dtype)].array ||
         (dtype == PSE_FLOAT16 && static_cast<int>(type) == kFloat16Array);
}

}  // namespace

NativeArray read_array(const Napi::Value& array, const char* name) {
  const Napi::Env env = array.Env();
  if (!array.IsObject()) break_treaty(env, std::string(name) + " is no NativeArray");
  const auto object = array.As<Napi::Object>();
  const pse_dtype dtype = read_dtype(object, name);
  const Napi::Value data = object.Get("data"), shape = object.Get("shape");
  if (!data.IsTypedArray() || !shape.IsArray()) {
    break_treaty(env, std::string(name) + " is no NativeArray");
  }
  const auto sizes = shape.As<Napi::Array>();
  const uint32_t rank = sizes.Length();
  if (rank > kMaxRank) break_treaty(env, std::string(name) + " has too many dimensions");
  NativeArray read{name, data.As<Napi::TypedArray>(), dtype, {}};
  for (uint32_t i = 0; i < rank; ++i) {
    read.shape.push_back(sizes.Get(i).ToNumber().Int64Value());
  }
  return read;
}

std::optional<NativeArray> read_array_if(const Napi::Object& object, const char* key) {
  const Napi::Value array = object.Get(key);
  if (array.IsUndefined()) return std::nullopt;
  return read_array(array, key);
}

BorrowedTensor::BorrowedTensor(const pse_api_table& api, const NativeArray& array) : api_(&api) {
  const Napi::Env env = array.data.Env();
  napi_typedarray_type type;
  size_t length = 0;
  void* memory = nullptr;
  if (napi_get_typedarray_info(env, array.data, &type, &length, &memory, nullptr, nullptr) !=
          napi_ok ||
      !carries(type, array.dtype)) {
    break_treaty(env, std::string(array.name) + " is not in the array of its dtype");
  }
  size_t numel = 1;
  for (const int64_t size : array.shape) {
    if (size < 0 || __builtin_mul_overflow(numel, static_cast<size_t>(size), &numel)) {
      break_treaty(env, std::string(array.name) + " has an impossible shape");
    }
  }
  if (numel != length) {
    break_treaty(env, std::string(array.name) + " has not the elements of its shape");
  }
  const pse_memory description{memory, array.shape.data(), static_cast<int32_t>(array.shape.size()),
                               array.dtype};
  pse_error error;
  check(env, api.tensor_from_memory(&description, &tensor_, &error), error);
}

BorrowedTensor::~BorrowedTensor() {
  if (tensor_ != nullptr) api_->tensor_release(tensor_);
}

double read_number(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber()) break_treaty(object.Env(), std::string(key) + " is no number");
  return value.As<Napi::Number>();
}

int32_t read_flag(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsBoolean()) break_treaty(object.Env(), std::string(key) + " is no truth value");
  return value.As<Napi::Boolean>() ? 1 : 0;
}

int32_t read_word(const Napi::Object& object, const char* key,
                  std::initializer_list<const char*> words) {
  const std::string given = object.Get(key).ToString();
  int32_t place = 0;
  for (const std::string_view word : words) {
    if (word == given) return place;
    ++place;
  }
  break_treaty(object.Env(), std::string(key) + " is no word of its list: " + given);
}

}  // namespace pse::binding
