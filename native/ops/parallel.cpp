// The one file compiled with -fopenmp: at::parallel_for is a template of the header and runs on one thread,
// without a word, in a file compiled without it.
#include "parallel.h"

#include <ATen/Parallel.h>
#include <omp.h>

#ifndef _OPENMP
#error "compile this file with -fopenmp, or everything in fused/ runs on one thread"
#endif

namespace pse::ops {

void parallel_for(int64_t count, int64_t grain, fused::ParallelBody body, void* context) {
  at::parallel_for(0, count, grain, [=](int64_t begin, int64_t end) { body(context, begin, end); });
}

int32_t set_own_threads(int32_t count) {
  // The first question on a thread makes LibTorch set it up, which would undo what is set here.
  const int32_t before = at::get_num_threads();
  omp_set_num_threads(count);
  return before;
}

}  // namespace pse::ops
