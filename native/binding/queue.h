// The queue: one native thread per process does all work, so that LibTorch grows one pool of threads and calls of one
// environment keep their order. Environments (the main thread, each worker) take turns, call by call.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "job.h"

namespace pse::binding {

/** Calls of one environment that may wait; more are ERR_PSE_QUEUE_FULL. */
constexpr size_t kMostWaiting = 1024;

/** Work of at most as many elements runs on the calling thread, where no parallel region would be worth its while. */
constexpr size_t kInlineElements = 32768;

/** Gives an environment its place in the queue; to be called once, when the addon is loaded into it. */
void open_lane(Napi::Env env);

/**
 * Runs a job and waits: on the calling thread where nothing waits or runs and the work is small, else on the native
 * thread, in its turn. Throws what it fails with.
 */
void run_job(Napi::Env env, Job& job);

/**
 * Puts a job at the end of its environment's line and answers its ticket. When it has run, and unless it is cancelled
 * before, its `settle` is called on the JavaScript thread. Throws ERR_PSE_QUEUE_FULL or ERR_PSE_ABORTED.
 */
int64_t submit_job(Napi::Env env, std::unique_ptr<Job> job);

/** Takes a job out of the line; false if it runs or has run. It never settles. */
bool cancel_job(Napi::Env env, int64_t ticket);

/** What the queue has done and has before it. */
struct QueueState {
  int64_t ran;
  int64_t waiting;
  int64_t nanoseconds;  // spent in jobs, of whatever thread
};
QueueState queue_state();

/** Threads that LibTorch may use on the native thread, from the next job on; 0 leaves it as it is. */
void set_thread_count(int32_t count);
int32_t thread_count();

}  // namespace pse::binding
