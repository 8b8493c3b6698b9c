#include "queue.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "exit.h"
#include "staging.h"

namespace pse::binding {
namespace {

using Clock = std::chrono::steady_clock;

// Waits look at the system's clock and end now and then: wait() and wait_for() ask for a newer glibc and libstdc++.
template <typename Condition>
void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Condition met) {
  while (!met()) {
    changed.wait_until(lock, std::chrono::system_clock::now() + std::chrono::hours(1));
  }
}

/** How long the native thread looks for work before it sleeps. */
constexpr auto kLookOut = std::chrono::microseconds(100);

/** A job whose caller waits for it on its own thread. */
struct Waited {
  Job* job;
  bool done = false;
  std::condition_variable finished;
};

/** A place in the line: one of the two. */
struct Entry {
  std::unique_ptr<Job> job;
  Waited* waited = nullptr;
};

/** What carries finished jobs to one environment's thread. Closed before its thread-safe function dies. */
class Poster {
 public:
  /** On any thread. */
  void post(std::unique_ptr<Job> job) {
    const std::lock_guard lock(mutex_);
    finished_.push_back(std::move(job));
    if (function_ != nullptr) {
      napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
    }
  }

  /** The next one: each is settled by itself, so that what waits for one goes on before the next. */
  std::unique_ptr<Job> take() {
    const std::lock_guard lock(mutex_);
    if (finished_.empty()) return nullptr;
    std::unique_ptr<Job> job = std::move(finished_.front());
    finished_.pop_front();
    return job;
  }

  /** The environment ends: nothing is posted any more, and nothing settles. */
  std::deque<std::unique_ptr<Job>> close() {
    const std::lock_guard lock(mutex_);
    function_ = nullptr;
    return std::exchange(finished_, {});
  }

  void open(napi_threadsafe_function function) {
    const std::lock_guard lock(mutex_);
    function_ = function;
  }

 private:
  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
  std::deque<std::unique_ptr<Job>> finished_;
};

/** The line of one environment. */
struct Lane {
  // Under the queue's mutex.
  std::deque<Entry> waiting;
  bool running = false;
  bool closed = false;

  Poster poster;

  // On the JavaScript thread only.
  napi_threadsafe_function function = nullptr;
  size_t promised = 0;
  int64_t tickets = 0;
};

struct Queue {
  std::mutex mutex;
  std::condition_variable changed;
  /** In the order of their turns. */
  std::deque<std::shared_ptr<Lane>> lanes;
  /** Jobs that wait. Written under the mutex, and looked at without it by who has nothing to do. */
  std::atomic<size_t> waiting = 0;
  bool running = false;
  bool started = false;
  pid_t process = getpid();
  std::atomic<int64_t> ran = 0;
  std::atomic<int64_t> nanoseconds = 0;
  std::atomic<int32_t> threads = 0;
};

/** Never destroyed: the native thread may outlive static destructors. */
Queue& queue() {
  static Queue* const the = new Queue;
  return *the;
}

void count_time(Clock::time_point since) {
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - since);
  queue().nanoseconds += took.count();
  queue().ran += 1;
}

/** The next lane with work, which then goes to the end of the turns; or null. */
std::shared_ptr<Lane> next_lane() {
  auto& lanes = queue().lanes;
  const auto found = std::find_if(lanes.begin(), lanes.end(),
                                  [](const auto& lane) { return !lane->waiting.empty(); });
  if (found == lanes.end()) return nullptr;
  std::shared_ptr<Lane> lane = *found;
  lanes.erase(found);
  lanes.push_back(lane);
  return lane;
}

void apply_thread_count(const pse_api_table& api, int32_t& applied) {
  const int32_t wanted = queue().threads;
  if (wanted == applied || wanted == 0) return;
  api.set_thread_count(wanted);
  applied = wanted;
}

/** Runs one job and hands it back. */
void serve(Lane& lane, Entry entry, int32_t& applied_threads) {
  Job& job = entry.waited != nullptr ? *entry.waited->job : *entry.job;
  // Held until the job is handed back: nothing may be posted to an environment that the end of the process tears down.
  const Operation operation;
  if (operation.running()) {
    apply_thread_count(*job.api, applied_threads);
    const auto since = Clock::now();
    job.run();
    count_time(since);
  } else {
    job.abort();
  }
  const std::lock_guard lock(queue().mutex);
  if (entry.waited != nullptr) {
    entry.waited->done = true;
    entry.waited->finished.notify_one();
  } else if (operation.running()) {
    lane.poster.post(std::move(entry.job));
  } else {
    // Its references belong to a thread that will not come back for them.
    static_cast<void>(entry.job.release());
  }
}

/**
 * Looks for work for as long as falling asleep and being woken would take: whoever awaits one small call after the other
 * is served twice as fast.
 */
void look_out(std::unique_lock<std::mutex>& lock) {
  const auto until = Clock::now() + kLookOut;
  lock.unlock();
  while (queue().waiting == 0 && Clock::now() < until) std::this_thread::yield();
  lock.lock();
}

/** Waits for work; while memory is kept for it, no longer than until that has been idle for a while. */
void wait_for_work(std::unique_lock<std::mutex>& lock) {
  if (queue().waiting == 0) look_out(lock);
  if (queue().waiting > 0) return;
  const auto until = std::chrono::system_clock::now() +
                     (Staging::trim_idle() ? std::chrono::seconds(1) : std::chrono::hours(1));
  queue().changed.wait_until(lock, until);
}

void work_forever() {
  pthread_setname_np(pthread_self(), "pse-loss");
  Queue& the = queue();
  int32_t applied_threads = 0;
  std::unique_lock lock(the.mutex);
  for (;;) {
    const std::shared_ptr<Lane> lane = next_lane();
    if (lane == nullptr) {
      wait_for_work(lock);
      continue;
    }
    Entry entry = std::move(lane->waiting.front());
    lane->waiting.pop_front();
    --the.waiting;
    the.running = lane->running = true;
    lock.unlock();
    serve(*lane, std::move(entry), applied_threads);
    lock.lock();
    the.running = lane->running = false;
    the.changed.notify_all();
  }
}

/** Under the queue's mutex. */
void enqueue(Lane& lane, Entry entry) {
  Queue& the = queue();
  lane.waiting.push_back(std::move(entry));
  ++the.waiting;
  if (!the.started) {
    std::thread(work_forever).detach();
    the.started = true;
  }
  the.changed.notify_all();
}

/** The loop need not be kept alive for a job any more. */
void forget_promise(napi_env env, Lane& lane) {
  if (--lane.promised == 0) napi_unref_threadsafe_function(env, lane.function);
}

/** Settles a job that has finished, on the JavaScript thread. */
void settle_finished(napi_env raw, napi_value, void* context, void*) {
  if (raw == nullptr) return;
  const Napi::Env env(raw);
  Lane& lane = *static_cast<Lane*>(context);
  std::unique_ptr<Job> job = lane.poster.take();
  if (job == nullptr) return;
  forget_promise(env, lane);
  if (job->settle.IsEmpty()) return;
  const Napi::HandleScope scope(env);
  const Napi::FunctionReference settle = std::move(job->settle);
  const std::optional<Failure> failure = std::move(job->failure);
  job.reset();
  try {
    if (failure) {
      settle.Call({to_error(env, *failure).Value()});
    } else {
      settle.Call(std::initializer_list<napi_value>{});
    }
  } catch (const Napi::Error& error) {
    // A fault of lib/, whose functions do not throw.
    napi_fatal_exception(env, error.Value());
  }
}

/** The environment ends: what waits is dropped, what runs is waited for, nothing is posted any more. */
void close_lane(void* data) {
  auto* const holder = static_cast<std::shared_ptr<Lane>*>(data);
  const std::shared_ptr<Lane> lane = *holder;
  Queue& the = queue();
  std::deque<Entry> dropped;
  {
    std::unique_lock lock(the.mutex);
    lane->closed = true;
    dropped.swap(lane->waiting);
    the.waiting -= dropped.size();
    the.lanes.erase(std::remove(the.lanes.begin(), the.lanes.end(), lane), the.lanes.end());
    wait(the.changed, lock, [&] { return !lane->running; });
  }
  lane->poster.close().clear();
  if (lane->function != nullptr) {
    napi_release_threadsafe_function(lane->function, napi_tsfn_abort);
  }
}

Lane& lane_of(Napi::Env env) { return **env.GetInstanceData<std::shared_ptr<Lane>>(); }

/** Makes the way back, when it is needed for the first time. */
void open_poster(Napi::Env env, Lane& lane) {
  if (lane.function != nullptr) return;
  napi_value name;
  napi_create_string_utf8(env, "pse-loss", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, &lane,
                                      settle_finished, &lane.function) != napi_ok) {
    throw to_error(env, {"ERR_PSE_INTERNAL", "no thread-safe function"});
  }
  napi_unref_threadsafe_function(env, lane.function);
  lane.poster.open(lane.function);
}

/** A child of fork() has this memory, but not the thread that works on it, nor those of LibTorch. */
void refuse_fork(Napi::Env env) {
  if (getpid() == queue().process) return;
  throw to_error(env, {"ERR_PSE_ABORTED",
                       "this process was forked from one that had loaded pse-loss, whose threads "
                       "did not come along; start it with exec, as child_process does"});
}

/** Runs a small job here, on this thread alone. */
void run_inline(Napi::Env env, Job& job) {
  const Operation operation;
  if (!operation.running()) throw to_error(env, {"ERR_PSE_ABORTED", "the process is ending"});
  const int32_t threads = job.api->begin_serial();
  const auto since = Clock::now();
  job.run();
  count_time(since);
  job.api->end_serial(threads);
}

void run_in_turn(Lane& lane, Job& job) {
  Queue& the = queue();
  Waited waited{&job, false, {}};
  std::unique_lock lock(the.mutex);
  enqueue(lane, {nullptr, &waited});
  wait(waited.finished, lock, [&] { return waited.done; });
}

}  // namespace

void open_lane(Napi::Env env) {
  auto* const lane = new std::shared_ptr<Lane>(std::make_shared<Lane>());
  env.SetInstanceData(lane);
  {
    const std::lock_guard lock(queue().mutex);
    queue().lanes.push_back(*lane);
  }
  napi_add_env_cleanup_hook(env, close_lane, lane);
}

void run_job(Napi::Env env, Job& job) {
  refuse_fork(env);
  Lane& lane = lane_of(env);
  bool idle;
  {
    const std::lock_guard lock(queue().mutex);
    idle = queue().waiting == 0 && !queue().running;
  }
  if (idle && job.largest < kInlineElements) {
    run_inline(env, job);
  } else {
    run_in_turn(lane, job);
  }
  if (job.failure) throw to_error(env, *job.failure);
}

int64_t submit_job(Napi::Env env, std::unique_ptr<Job> job) {
  refuse_fork(env);
  Lane& lane = lane_of(env);
  open_poster(env, lane);
  const std::lock_guard lock(queue().mutex);
  if (lane.closed) throw to_error(env, {"ERR_PSE_ABORTED", "the environment is ending"});
  if (lane.waiting.size() >= kMostWaiting) {
    throw to_error(env, {"ERR_PSE_QUEUE_FULL",
                         std::to_string(kMostWaiting) + " calls wait already; await some of them"});
  }
  const int64_t ticket = job->ticket = ++lane.tickets;
  enqueue(lane, {std::move(job), nullptr});
  if (lane.promised++ == 0) napi_ref_threadsafe_function(env, lane.function);
  return ticket;
}

bool cancel_job(Napi::Env env, int64_t ticket) {
  Lane& lane = lane_of(env);
  Entry cancelled;
  {
    const std::lock_guard lock(queue().mutex);
    const auto found = std::find_if(
        lane.waiting.begin(), lane.waiting.end(),
        [&](const Entry& entry) { return entry.job != nullptr && entry.job->ticket == ticket; });
    if (found == lane.waiting.end()) return false;
    cancelled = std::move(*found);
    lane.waiting.erase(found);
    --queue().waiting;
  }
  forget_promise(env, lane);
  return true;
}

QueueState queue_state() {
  return {queue().ran, static_cast<int64_t>(queue().waiting), queue().nanoseconds};
}

void set_thread_count(int32_t count) { queue().threads = count; }
int32_t thread_count() { return queue().threads; }

}  // namespace pse::binding
