// Threads for the code in fused/: LibTorch's own, so that nobody grows a second pool.
#pragma once

#include <cstdint>

#include "../fused/parallel.h"

namespace pse::ops {

/** A fused::ParallelFor on LibTorch's threads. */
void parallel_for(int64_t count, int64_t grain, fused::ParallelBody body, void* context);

}  // namespace pse::ops
