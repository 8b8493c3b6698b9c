// From JavaScript's arguments to those of native/pse.h. Arguments arrive checked; what is checked again here is
// what memory safety needs: that an array is of the dtype and has the elements that its description claims.
#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "../pse.h"
#include "job.h"

namespace pse::binding {

/**
 * A call of the addon's on its way to becoming a job. First all properties of all arguments are read, then go() looks
 * at the memory: a getter could detach the memory of an array that was looked at before it ran. Where a function follows
 * the arguments, the call is promised: it goes into the queue, plain memory is copied before, and the function is called
 * when it has run. Where null follows it is queued too, and what becomes of it is found in the tensors that it makes.
 */
class Call {
 public:
  /** A call of `count` arguments, objects or numbers all; throws where the treaty is broken or no LibTorch is open. */
  Call(const Napi::CallbackInfo& info, const char* name, size_t count);

  const pse_api_table& api() const noexcept { return *job_->api; }

  /** The place among the operands of a NativeArray or NativeTensor that is read. */
  size_t input(const Napi::Value& value, const char* name);
  /** Of one that is written. */
  size_t output(const Napi::Value& value, const char* name);
  /** The same of a property that may be left out: its operand is null then. */
  size_t input_if(const Napi::Object& object, const char* key);
  size_t output_if(const Napi::Object& object, const char* key);
  /** An operand that is null. */
  size_t absent();
  /** A tensor that the work puts into the handle's place, or null. */
  std::shared_ptr<Slot> make_if(const Napi::Object& object, const char* key);
  std::shared_ptr<Slot> make(const Napi::Value& value, const char* name);

  /** Elements of the largest tensor that the work makes. */
  void set_largest(double elements);

  /** The work cannot be done again when it has failed in the middle. */
  void set_once() { job_->repeatable = false; }

  /** Runs or queues `work`; a ticket, where a promise waits for it. */
  Napi::Value go(Job::Work work);

 private:
  struct Array {
    const char* name;
    Napi::TypedArray data;
    bool written;
  };

  size_t add(const Napi::Value& value, const char* name, bool written);
  void place_memory();

  Napi::Env env_;
  std::unique_ptr<Job> job_;
  /** By operand; empty for handles. */
  std::vector<Array> arrays_;
  Napi::Value settle_;
  bool queued_ = false;
};

/** The memory of a NativeArray, for the time of this call; nothing of JavaScript may run before it was used. */
Operand read_memory(const Napi::Value& array, const char* name);

/** The number under a key of an object. */
double read_number(const Napi::Object& object, const char* key);

/** 1 or 0 for the truth value under a key of an object. */
int32_t read_flag(const Napi::Object& object, const char* key);

/** The place of the word under a key of an object among `words`. */
int32_t read_word(const Napi::Object& object, const char* key,
                  std::initializer_list<const char*> words);

/** The value of a dtype's name, and back. */
pse_dtype read_dtype(const Napi::Env& env, const std::string& word, const char* name);
const char* dtype_name(pse_dtype dtype);

/** Sizes of an array of numbers. */
std::vector<int64_t> read_sizes(const Napi::Value& sizes, const char* name);

}  // namespace pse::binding
