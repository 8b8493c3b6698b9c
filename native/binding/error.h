// Errors with a code of lib/errors.ts. The words a user reads are made in TypeScript; these are the bare facts.
#pragma once

#include <napi.h>

#include <string>

#include "../pse.h"

namespace pse::binding {

/** A machine's error, before it meets JavaScript: may be made on any thread. */
struct Failure {
  const char* code;
  std::string message;
};

/** The JavaScript error of a failure, to be thrown or rejected with. */
Napi::Error to_error(Napi::Env env, const Failure& failure);

/** The code of a status that is not PSE_OK. */
const char* code_of(pse_status status);

/** Throws the error of a status that is not PSE_OK. */
void check(Napi::Env env, pse_status status, const pse_error& error);

/** Throws a TypeError for an argument that breaks the treaty: a fault of lib/, never of a user. */
[[noreturn]] void break_treaty(Napi::Env env, const std::string& what);

}  // namespace pse::binding
