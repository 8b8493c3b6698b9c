// How operators reach LibTorch's dispatcher. TORCH_LIBRARY registers from a static initialiser, where a
// second copy of this library would throw and abort the process; here each file queues its functions, one
// static initialiser runs the queue inside a catch, and pse_api() tells what went wrong.
#pragma once

#include <torch/library.h>

#include <optional>

namespace pse::ops {

/** One queued registration: a link of an intrusive list, made by PSE_REGISTER. */
struct Registration {
  using Function = void (*)(torch::Library&);

  Registration(torch::Library::Kind kind, std::optional<c10::DispatchKey> key, Function function,
               const char* file, uint32_t line) noexcept;

  torch::Library::Kind kind;
  std::optional<c10::DispatchKey> key;
  Function function;
  const char* file;
  uint32_t line;
  const Registration* next;
};

/** Why the operators could not be registered, or null. */
const char* registration_error() noexcept;

}  // namespace pse::ops

// Queues before anything of default priority runs, so that the order of the files does not matter.
#define PSE_QUEUE_FIRST __attribute__((init_priority(1000)))

/** At the end of the schema file: PSE_SCHEMA(m) { m.def(…); } */
#define PSE_SCHEMA(m)                                                     \
  static void pse_define(torch::Library& m);                              \
  static const pse::ops::Registration pse_definition PSE_QUEUE_FIRST(     \
      torch::Library::DEF, std::nullopt, pse_define, __FILE__, __LINE__); \
  static void pse_define(torch::Library& m)

/** At the end of a backend's file: PSE_REGISTER(CPU, m) { m.impl(…); } */
#define PSE_REGISTER(KEY, m)                                                                 \
  static void pse_implement_##KEY(torch::Library& m);                                        \
  static const pse::ops::Registration pse_implementation_##KEY PSE_QUEUE_FIRST(              \
      torch::Library::IMPL, c10::DispatchKey::KEY, pse_implement_##KEY, __FILE__, __LINE__); \
  static void pse_implement_##KEY(torch::Library& m)
