// The one file compiled with -fopenmp: at::parallel_for is a template of the header and runs on one thread,
// without a word, in a file compiled without it.
#include "parallel.h"

#include <ATen/Parallel.h>

#ifndef _OPENMP
#error "compile this file with -fopenmp, or everything in fused/ runs on one thread"
#endif

namespace pse::ops {

void parallel_for(int64_t count, int64_t grain, fused::ParallelBody body, void* context) {
  at::parallel_for(0, count, grain, [=](int64_t begin, int64_t end) { body(context, begin, end); });
}

}  // namespace pse::ops
