// What operations read and write: memory of JavaScript's, used where it lies or copied before, and tensors that
// JavaScript holds by handle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "../pse.h"
#include "error.h"
#include "staging.h"

namespace pse::binding {

/**
 * The place of a tensor that JavaScript holds. Empty until the operation that makes it has run; the queue's order is what
 * keeps readers behind writers. Whoever uses the tensor holds the place, so disposing of it in the middle of a call is safe.
 */
class Slot {
 public:
  explicit Slot(const pse_api_table& table) : api_(&table) {}
  ~Slot() { put(nullptr); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  pse_tensor* get() const noexcept { return tensor_; }

  /** Takes a tensor, in place of the one that was there, or of the reason why there was none. */
  void put(pse_tensor* tensor) noexcept {
    if (tensor_ != nullptr) api_->tensor_release(tensor_);
    tensor_ = tensor;
    if (tensor != nullptr) failure.reset();
  }

  /** Why the tensor was not made. Whatever uses it fails for the same reason. */
  std::optional<Failure> failure;

 private:
  const pse_api_table* api_;
  pse_tensor* tensor_ = nullptr;
};

/** One of an operation's; belongs to its job. */
struct Operand {
  enum class Kind { kAbsent, kTensor, kMemory };

  Kind kind = Kind::kAbsent;
  /** Of a tensor. */
  std::shared_ptr<Slot> slot;
  /** Of memory: where it lies, and what it holds. */
  void* memory = nullptr;
  std::vector<int64_t> shape;
  pse_dtype dtype = PSE_FLOAT32;
  /** Where `memory` is a copy of ours. */
  Staging::Block staged;
};

}  // namespace pse::binding
