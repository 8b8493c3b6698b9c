// A stand-in for one of the libraries that the addon opens. Says its NAME (a -D) in the file $PSE_FAKE_LOG when it is
// loaded; with FAKE_LIBTORCH it answers for a LibTorch of that release, with FAKE_API it exports a table of operators.
#include <stdio.h>
#include <stdlib.h>

#include "../../../native/pse.h"

__attribute__((constructor)) static void loaded(void) {
  const char* path = getenv("PSE_FAKE_LOG");
  FILE* log = path == NULL ? NULL : fopen(path, "a");
  if (log == NULL) return;
  fprintf(log, "%s\n", NAME);
  fclose(log);
}

#ifdef FAKE_LIBTORCH
// Major, minor and patch in the three highest bytes.
uint64_t aoti_torch_abi_version(void) {
  return (uint64_t)2 << 56 | (uint64_t)FAKE_LIBTORCH << 48;
}
#endif

#ifdef FAKE_API
#ifndef FAKE_REGISTRATION_ERROR
#define FAKE_REGISTRATION_ERROR NULL
#endif

static const pse_api_table table = {
    .version = FAKE_API,
    .size = sizeof(pse_api_table),
    .libtorch_minor = "2.13",
    .registration_error = FAKE_REGISTRATION_ERROR,
};

const pse_api_table* pse_api(void) { return &table; }
#endif
