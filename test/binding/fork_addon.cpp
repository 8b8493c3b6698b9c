// fork(2), which Node has not: the child has the memory of the process and no thread but the one that asked. Used by
// fork.test.ts.
#include <node_api.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace {

/** What a call answers as a number, or -1. */
int32_t number_of(napi_env env, napi_value function) {
  napi_value receiver, answer;
  int32_t number = -1;
  if (napi_get_undefined(env, &receiver) != napi_ok ||
      napi_call_function(env, receiver, function, 0, nullptr, &answer) != napi_ok ||
      napi_get_value_int32(env, answer, &number) != napi_ok) {
    return -1;
  }
  return number;
}

/** V8 keeps its heap from forked children (MADV_DONTFORK), so that none can run a line of JavaScript. This one shall. */
void share_all_memory() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    size_t rest = 0;
    const size_t begin = std::stoul(line, &rest, 16);
    const size_t end = std::stoul(line.substr(rest + 1), nullptr, 16);
    // Of what is not memory it is refused.
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DOFORK);
  }
}

/** inFork(function, seconds): the exit code of a child that ends with what the function answers, or minus its signal. */
napi_value in_fork(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], result;
  uint32_t seconds = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_get_value_uint32(env, arguments[1], &seconds);
  share_all_memory();
  const pid_t child = fork();
  if (child == 0) {
    // Who hangs is ended by the clock.
    signal(SIGALRM, SIG_DFL);
    alarm(seconds);
    _exit(number_of(env, arguments[0]) & 0xff);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  napi_create_int32(env, code, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "inFork", NAPI_AUTO_LENGTH, in_fork, nullptr, &function);
  napi_set_named_property(env, exports, "inFork", function);
  return exports;
}
