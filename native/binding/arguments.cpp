#include "arguments.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "error.h"
#include "handle.h"
#include "open.h"
#include "queue.h"

namespace pse::binding {
namespace {

/** How each dtype travels; by value of pse_dtype. */
struct Carrier {
  const char* dtype;
  napi_typedarray_type array;
  size_t bytes;
};
constexpr std::array kCarriers = {
    Carrier{"float32", napi_float32_array, 4}, Carrier{"float64", napi_float64_array, 8},
    Carrier{"float16", napi_uint16_array, 2},  Carrier{"bfloat16", napi_uint16_array, 2},
    Carrier{"uint8", napi_uint8_array, 1},     Carrier{"int32", napi_int32_array, 4},
    Carrier{"int64", napi_bigint64_array, 8},  Carrier{"bool", napi_uint8_array, 1},
    Carrier{"uint16", napi_uint16_array, 2},
};
static_assert(kCarriers.size() == PSE_UINT16 + 1 && kCarriers[PSE_UINT8].bytes == 1);

/** Float16Array, of Nodes that have it; the headers of Node-API 8 have no name for it. */
constexpr int kFloat16Array = 11;

constexpr uint32_t kMaxRank = 8;

/** Whether elements of a dtype may lie in such an array. */
bool carries(napi_typedarray_type type, pse_dtype dtype) {
  return type == kCarriers[static_cast<size_t>(dtype)].array ||
         (dtype == PSE_FLOAT16 && static_cast<int>(type) == kFloat16Array);
}

/** The elements of a shape; throws where that is no number. */
size_t count_elements(Napi::Env env, const std::vector<int64_t>& shape, const char* name) {
  size_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, static_cast<size_t>(size), &count)) {
      break_treaty(env, std::string(name) + " has an impossible shape");
    }
  }
  return count;
}

struct Memory {
  void* data;
  size_t bytes;
  /** Nobody can take it away: a SharedArrayBuffer neither moves nor shrinks. */
  bool shared;
};

/** Where an array lies, once and for all: what bounds a copy or a write is not asked a second time. */
Memory look_at(const Napi::TypedArray& array, const Operand& operand, const char* name) {
  const Napi::Env env = array.Env();
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  bool plain = true;
  if (napi_get_typedarray_info(env, array, &type, &length, &data, &buffer, nullptr) != napi_ok ||
      napi_is_arraybuffer(env, buffer, &plain) != napi_ok || !carries(type, operand.dtype)) {
    break_treaty(env, std::string(name) + " is not in the array of its dtype");
  }
  const size_t count = count_elements(env, operand.shape, name);
  // A view that follows a growable buffer may have more by now, never less.
  if (length < count || (plain && length != count)) {
    break_treaty(env, std::string(name) + " has not the elements of its shape");
  }
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, kCarriers[static_cast<size_t>(operand.dtype)].bytes, &bytes)) {
    break_treaty(env, std::string(name) + " has an impossible shape");
  }
  return {data, bytes, !plain};
}

/** Reads the properties of a NativeArray; its memory is not looked at. */
Napi::TypedArray read_description(const Napi::Value& value, const char* name, Operand& operand) {
  const Napi::Env env = value.Env();
  if (!value.IsObject()) break_treaty(env, std::string(name) + " is no NativeArray");
  const auto object = value.As<Napi::Object>();
  operand.kind = Operand::Kind::kMemory;
  operand.dtype = read_dtype(env, object.Get("dtype").ToString(), name);
  operand.shape = read_sizes(object.Get("shape"), name);
  const Napi::Value data = object.Get("data");
  if (!data.IsTypedArray()) break_treaty(env, std::string(name) + " is no NativeArray");
  return data.As<Napi::TypedArray>();
}

/** Copies what lies in plain memory, all of a call's or nothing. */
class Copies {
 public:
  void add(Operand& operand, const Memory& memory) {
    if (memory.bytes == 0) return;
    list_.emplace_back(&operand, memory);
    total_ += memory.bytes;
  }

  void make(Napi::Env env) {
    if (list_.empty()) return;
    if (Staging::is_full(total_)) {
      throw to_error(env, {"ERR_PSE_QUEUE_FULL",
                           "copies of the arrays of waiting calls fill PSE_STAGING_BYTES; await "
                           "some calls, or pass arrays made by allocate(), which are not copied"});
    }
    for (const auto& [operand, memory] : list_) {
      operand->staged = Staging::take(memory.bytes);
      if (operand->staged == nullptr) {
        throw to_error(env, {"ERR_PSE_OUT_OF_MEMORY", "no memory for a copy of the arguments"});
      }
      std::memcpy(operand->staged.get(), memory.data, memory.bytes);
      operand->memory = operand->staged.get();
    }
  }

 private:
  std::vector<std::pair<Operand*, Memory>> list_;
  size_t total_ = 0;
};

}  // namespace

Call::Call(const Napi::CallbackInfo& info, const char* name, size_t count)
    : env_(info.Env()), job_(std::make_unique<Job>(open_operators(info, name, count))) {
  if (info.Length() <= count) return;
  queued_ = info[count].IsFunction() || info[count].IsNull();
  if (info[count].IsFunction()) settle_ = info[count];
}

size_t Call::input(const Napi::Value& value, const char* name) { return add(value, name, false); }
size_t Call::output(const Napi::Value& value, const char* name) { return add(value, name, true); }

size_t Call::input_if(const Napi::Object& object, const char* key) {
  return add(object.Get(key), key, false);
}

size_t Call::output_if(const Napi::Object& object, const char* key) {
  return add(object.Get(key), key, true);
}

size_t Call::add(const Napi::Value& value, const char* name, bool written) {
  Operand operand;
  Array array{name, {}, written};
  if (value.IsExternal()) {
    operand.kind = Operand::Kind::kTensor;
    operand.slot = slot_of(value, name);
  } else if (!value.IsUndefined()) {
    array.data = read_description(value, name, operand);
  }
  job_->operands.push_back(std::move(operand));
  arrays_.push_back(array);
  return arrays_.size() - 1;
}

Operand read_memory(const Napi::Value& value, const char* name) {
  Operand operand;
  const Napi::TypedArray data = read_description(value, name, operand);
  operand.memory = look_at(data, operand, name).data;
  return operand;
}

std::shared_ptr<Slot> Call::make(const Napi::Value& value, const char* name) {
  job_->made.push_back(slot_of(value, name));
  return job_->made.back();
}

std::shared_ptr<Slot> Call::make_if(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsUndefined() ? nullptr : make(value, key);
}

size_t Call::absent() {
  job_->operands.emplace_back();
  arrays_.push_back({});
  return arrays_.size() - 1;
}

void Call::set_largest(double elements) {
  const bool small = elements >= 0 && elements < static_cast<double>(kInlineElements);
  job_->largest = small ? static_cast<size_t>(elements) : kInlineElements;
}

void Call::place_memory() {
  Copies copies;
  Napi::Array keep;
  if (queued_) keep = Napi::Array::New(env_);
  for (size_t i = 0; i < arrays_.size(); ++i) {
    Operand& operand = job_->operands[i];
    if (operand.kind != Operand::Kind::kMemory) continue;
    const auto& [name, data, written] = arrays_[i];
    const Memory memory = look_at(data, operand, name);
    operand.memory = memory.data;
    if (!queued_) continue;
    if (!memory.shared && !written) {
      copies.add(operand, memory);
    } else {
      // What is written into plain memory is an array of lib/'s own, which nobody else has.
      keep.Set(keep.Length(), data);
    }
  }
  copies.make(env_);
  if (queued_ && keep.Length() > 0) job_->keep = Napi::Persistent(keep);
}

Napi::Value Call::go(Job::Work work) {
  place_memory();
  job_->work = std::move(work);
  if (!queued_) {
    run_job(env_, *job_);
    return env_.Undefined();
  }
  if (!settle_.IsEmpty()) job_->settle = Napi::Persistent(settle_.As<Napi::Function>());
  return Napi::Number::New(env_, static_cast<double>(submit_job(env_, std::move(job_))));
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

pse_dtype read_dtype(const Napi::Env& env, const std::string& word, const char* name) {
  for (size_t i = 0; i < kCarriers.size(); ++i) {
    if (word == kCarriers[i].dtype) return static_cast<pse_dtype>(i);
  }
  break_treaty(env, std::string(name) + " is of no dtype, " + word);
}

const char* dtype_name(pse_dtype dtype) { return kCarriers[static_cast<size_t>(dtype)].dtype; }

std::vector<int64_t> read_sizes(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) break_treaty(value.Env(), std::string(name) + " is no NativeArray");
  const auto sizes = value.As<Napi::Array>();
  const uint32_t rank = sizes.Length();
  if (rank > kMaxRank) break_treaty(value.Env(), std::string(name) + " has too many dimensions");
  std::vector<int64_t> read(rank);
  for (uint32_t i = 0; i < rank; ++i) read[i] = sizes.Get(i).ToNumber().Int64Value();
  return read;
}

}  // namespace pse::binding
