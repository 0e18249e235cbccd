// Streams and events. Work is put off until somebody waits for it, and then only what has to come before it is done:
// whoever forgets to wait reads what was there before.
#include "card.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>

typedef std::shared_ptr<Stream> StreamRef;
typedef std::shared_ptr<Operation> OperationRef;

static std::vector<StreamRef>& streams() {  // also those that were destroyed, until their work is done
  static auto* all = new std::vector<StreamRef>;
  return *all;
}
static StreamRef legacy_stream(int device) {
  static auto* all = new std::map<int, StreamRef>;
  auto& found = (*all)[device];
  if (!found) found.reset(new Stream{device, 0, true});
  return found;
}

StreamRef stream_of(const void* handle) {
  if (!handle || handle == (void*)1) return legacy_stream(current);
  if (handle == (void*)2) die("a default stream per thread is not played");
  for (auto& each : streams())
    if (each.get() == handle && !each->closed) return each;
  die("%p is no stream, or was destroyed", handle);
}

void force(OperationRef wanted) {
  while (!wanted->done) {
    OperationRef first = wanted->stream->waiting.front();
    if (first->running) die("work that waits for itself");
    first->running = true;
    for (auto& each : first->before) force(each);
    first->before.clear();
    if (first->run) first->run();
    first->run = nullptr;
    first->done = true;
    first->stream->waiting.pop_front();
  }
}

static void wait_for_last(OperationRef operation, const StreamRef& other) {
  if (!other->waiting.empty()) operation->before.push_back(other->waiting.back());
}

// By chance, some of the work of some stream is done early: as late as possible is not the only order there is.
static void get_on_somewhere() {
  static std::mt19937 chance(luck());
  std::vector<StreamRef> busy;
  for (int d = 0; d < devices(); ++d) busy.push_back(legacy_stream(d));
  busy.insert(busy.end(), streams().begin(), streams().end());
  auto idle = [](const StreamRef& s) { return s->waiting.empty(); };
  busy.erase(std::remove_if(busy.begin(), busy.end(), idle), busy.end());
  if (busy.empty() || chance() % 2) return;
  auto& waiting = busy[chance() % busy.size()]->waiting;
  force(waiting[chance() % waiting.size()]);
}

// The legacy default stream and the blocking streams of its device wait for each other; no others do.
OperationRef put(StreamRef stream, std::function<void()> run) {
  auto operation = std::make_shared<Operation>();
  operation->run = std::move(run);
  operation->stream = stream;
  if (stream->legacy) {
    for (auto& each : streams())
      if (each->device == stream->device && !(each->flags & cudaStreamNonBlocking)) wait_for_last(operation, each);
  } else if (!(stream->flags & cudaStreamNonBlocking)) {
    wait_for_last(operation, legacy_stream(stream->device));
  }
  stream->waiting.push_back(operation);
  if (eager()) force(operation);
  if (luck()) get_on_somewhere();
  return operation;
}

void drain(StreamRef stream) {
  if (!stream->waiting.empty()) force(stream->waiting.back());
}
static void drain_device(int device) {
  drain(legacy_stream(device));
  auto all = streams();
  for (auto& each : all)
    if (each->device == device) drain(each);
}
void drain_all() {
  for (int d = 0; d < devices(); ++d) drain_device(d);
}

// A question whether work is done is answered first; then the card gets on by one piece, so that asking ends.
static cudaError_t answer(OperationRef last) {
  if (!last || last->done) return cudaSuccess;
  force(last->stream->waiting.front());
  return cudaErrorNotReady;
}

// ---- streams
PLAYED cudaError_t cudaDeviceSynchronize() {
  Lock l(mutex());
  drain_device(current);
  return cudaSuccess;
}
PLAYED cudaError_t cudaStreamCreateWithFlags(cudaStream_t* handle, unsigned flags) {
  Lock l(mutex());
  auto finished = [](const StreamRef& s) { return s->closed && s->waiting.empty(); };
  streams().erase(std::remove_if(streams().begin(), streams().end(), finished), streams().end());
  streams().emplace_back(new Stream{current, flags, false});
  *handle = (cudaStream_t)streams().back().get();
  return cudaSuccess;
}
PLAYED cudaError_t cudaStreamCreate(cudaStream_t* handle) { return cudaStreamCreateWithFlags(handle, 0); }
PLAYED cudaError_t cudaStreamCreateWithPriority(cudaStream_t* handle, unsigned flags, int) {
  return cudaStreamCreateWithFlags(handle, flags);
}
PLAYED cudaError_t cudaStreamGetFlags(cudaStream_t handle, unsigned* flags) {
  Lock l(mutex());
  *flags = stream_of(handle)->flags;
  return cudaSuccess;
}
PLAYED cudaError_t cudaStreamGetPriority(cudaStream_t, int* priority) {
  *priority = 0;
  return cudaSuccess;
}
PLAYED cudaError_t cudaStreamDestroy(cudaStream_t handle) {  // returns at once; the work that is left is still done
  Lock l(mutex());
  auto stream = stream_of(handle);
  if (stream->legacy) return fail(cudaErrorInvalidResourceHandle);
  stream->closed = true;
  return cudaSuccess;
}
PLAYED cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  Lock l(mutex());
  drain(stream_of(handle));
  return cudaSuccess;
}
PLAYED cudaError_t cudaStreamQuery(cudaStream_t handle) {
  Lock l(mutex());
  auto stream = stream_of(handle);
  return answer(stream->waiting.empty() ? nullptr : stream->waiting.back());
}
PLAYED cudaError_t cudaStreamIsCapturing(cudaStream_t, cudaStreamCaptureStatus* status) {
  *status = cudaStreamCaptureStatusNone;
  return cudaSuccess;
}

// ---- events
struct Event {
  int device;
  bool timed;
  double when = 0;
  OperationRef operation = nullptr;
};
typedef std::shared_ptr<Event> EventRef;
static std::map<const void*, EventRef>& events() {
  static auto* all = new std::map<const void*, EventRef>;
  return *all;
}
static EventRef event_of(cudaEvent_t handle) {
  auto it = events().find(handle);
  if (it == events().end()) die("%p is no event, or was destroyed", (void*)handle);
  return it->second;
}
static double milliseconds() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

PLAYED cudaError_t cudaEventCreateWithFlags(cudaEvent_t* handle, unsigned flags) {
  Lock l(mutex());
  EventRef event(new Event{current, !(flags & cudaEventDisableTiming)});
  *handle = (cudaEvent_t)event.get();
  events()[*handle] = event;
  return cudaSuccess;
}
PLAYED cudaError_t cudaEventCreate(cudaEvent_t* handle) { return cudaEventCreateWithFlags(handle, 0); }
PLAYED cudaError_t cudaEventDestroy(cudaEvent_t handle) {  // work that records it or waits for it goes on
  Lock l(mutex());
  event_of(handle);
  events().erase(handle);
  return cudaSuccess;
}
PLAYED cudaError_t cudaEventRecord(cudaEvent_t handle, cudaStream_t on) {
  Lock l(mutex());
  auto event = event_of(handle);
  auto stream = stream_of(on);
  if (event->device != stream->device) {
    complain("an event of device %d is recorded on a stream of device %d", event->device, stream->device);
    return fail(cudaErrorInvalidResourceHandle);
  }
  auto operation = put(stream, [event] { event->when = milliseconds(); });
  event->operation = operation;
  return cudaSuccess;
}
PLAYED cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t awaited, unsigned) {
  Lock l(mutex());
  auto event = event_of(awaited);
  auto stream = stream_of(handle);
  auto until = event->operation;
  if (until && !until->done) put(stream, [until] { force(until); });
  return cudaSuccess;
}
PLAYED cudaError_t cudaEventSynchronize(cudaEvent_t handle) {
  Lock l(mutex());
  auto event = event_of(handle);
  if (event->operation) force(event->operation);
  return cudaSuccess;
}
PLAYED cudaError_t cudaEventQuery(cudaEvent_t handle) {
  Lock l(mutex());
  return answer(event_of(handle)->operation);
}
PLAYED cudaError_t cudaEventElapsedTime(float* elapsed, cudaEvent_t from, cudaEvent_t to) {
  Lock l(mutex());
  auto first = event_of(from), last = event_of(to);
  bool both = first->timed && last->timed && first->operation && last->operation;
  if (!both || first->device != last->device) return fail(cudaErrorInvalidResourceHandle);
  if (!first->operation->done || !last->operation->done) return cudaErrorNotReady;
  *elapsed = (float)(last->when - first->when);
  return cudaSuccess;
}
