// From JavaScript's arguments to those of native/pse.h. Arguments arrive checked; what is checked again here is
// what memory safety needs: that an array is of the dtype and has the elements that its description claims.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../pse.h"

namespace pse::binding {

/** A tensor over an array of JavaScript's, for the time of one call. */
class BorrowedTensor {
 public:
  /** No tensor. */
  BorrowedTensor() = default;
  /** Reads a NativeArray of binding.gyp.d.ts; `name` says which in an error. */
  BorrowedTensor(const pse_api_table& api, const Napi::Value& array, const char* name);
  ~BorrowedTensor();
  BorrowedTensor(const BorrowedTensor&) = delete;
  BorrowedTensor& operator=(const BorrowedTensor&) = delete;

  pse_tensor* get() const noexcept { return tensor_; }

 private:
  const pse_api_table* api_ = nullptr;
  pse_tensor* tensor_ = nullptr;
};

/** The number under a key of an object. */
double read_number(const Napi::Object& object, const char* key);

/** The place of the word under a key of an object among `words`. */
int32_t read_word(const Napi::Object& object, const char* key,
                  std::initializer_list<const char*> words);

}  // namespace pse::binding
