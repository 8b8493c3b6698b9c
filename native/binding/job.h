// One operation on its way: what it reads and writes, what it does, and what became of it. Made, settled and destroyed
// on the JavaScript thread of its environment; run on whatever thread has its turn.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "../pse.h"
#include "error.h"
#include "operand.h"

namespace pse::binding {

struct Job {
  /** By place: an operand that was left out is null. */
  using Tensors = std::vector<pse_tensor*>;
  using Work = std::function<pse_status(const Tensors& operands, pse_error* error)>;

  explicit Job(const pse_api_table& table) : api(&table) {}

  /** Opens the operands, works, closes them; afterwards `failure` says how it went. Tensors that it was to make fail with it. */
  void run() noexcept;

  /** The same without beginning: the environment or the process is ending. */
  void abort() noexcept;

  const pse_api_table* api;
  std::vector<Operand> operands;
  Work work;
  /** Tensors that the work makes or changes. */
  std::vector<std::shared_ptr<Slot>> made;
  /** Whether it can be done again when it has failed in the middle. */
  bool repeatable = true;
  /** Elements of the largest tensor that it makes. */
  size_t largest = 0;

  // For a job that is waited for by a promise.
  Napi::FunctionReference settle;
  /** The arrays whose memory is used where it lies. */
  Napi::Reference<Napi::Array> keep;
  int64_t ticket = 0;

  std::optional<Failure> failure;

 private:
  void fail(Failure with) noexcept;
};

}  // namespace pse::binding
