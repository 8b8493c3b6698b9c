// From JavaScript's arguments to those of native/pse.h. Arguments arrive checked; what is checked again here is
// what memory safety needs: that an array is of the dtype and has the elements that its description claims.
#pragma once

#include <napi.h>

#include <initializer_list>
#include <optional>
#include <vector>

#include "../pse.h"

namespace pse::binding {

/** A NativeArray of binding.gyp.d.ts whose properties were read, but whose memory was not looked at. */
struct NativeArray {
  const char* name;
  Napi::TypedArray data;
  pse_dtype dtype;
  std::vector<int64_t> shape;
};

/** Reads the properties of a NativeArray; `name` says which in an error. */
NativeArray read_array(const Napi::Value& array, const char* name);

/** The same of a result that may be left out. */
std::optional<NativeArray> read_array_if(const Napi::Object& object, const char* key);

/**
 * A tensor over an array of JavaScript's, for the time of one call. To be made when all properties of all arguments
 * have been read: a getter could detach the memory of an array that was borrowed before it ran.
 */
class BorrowedTensor {
 public:
  BorrowedTensor(const pse_api_table& api, const NativeArray& array);
  ~BorrowedTensor();
  BorrowedTensor(const BorrowedTensor&) = delete;
  BorrowedTensor& operator=(const BorrowedTensor&) = delete;

  pse_tensor* get() const noexcept { return tensor_; }

 private:
  const pse_api_table* api_;
  pse_tensor* tensor_ = nullptr;
};

/** The number under a key of an object. */
double read_number(const Napi::Object& object, const char* key);

/** 1 or 0 for the truth value under a key of an object. */
int32_t read_flag(const Napi::Object& object, const char* key);

/** The place of the word under a key of an object among `words`. */
int32_t read_word(const Napi::Object& object, const char* key,
                  std::initializer_list<const char*> words);

}  // namespace pse::binding
