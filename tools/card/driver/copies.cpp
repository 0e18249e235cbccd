// Copies and fills. Pageable memory of the host is taken at the call, as the real driver stages it.
#include "card.hpp"

#include <cstring>

struct Rows {  // rows of bytes at a distance
  char* start;
  size_t pitch;
};

static Kind kind_of(const void* p) {
  Block* b = find(p);
  if (!b && on_cards(p)) die("a copy with %p, freed memory of a card", p);
  return b ? b->kind : Kind::pageable;
}

static bool fits(const Rows& rows, size_t width, size_t height) {
  Block* b = find(rows.start);
  return !b || (uintptr_t)rows.start + (height - 1) * rows.pitch + width <= b->start + b->size;
}

static bool as_declared(Kind to, Kind from, cudaMemcpyKind kind) {
  bool to_host = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyHostToHost;
  bool from_host = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyHostToHost;
  if (kind == cudaMemcpyDefault) return true;
  bool to_good = to_host ? to != Kind::device : to != Kind::pageable;
  return to_good && (from_host ? from != Kind::device : from != Kind::pageable);
}

static const char* name_of(Kind to, Kind from, bool async) {
  if (to == Kind::device && from != Kind::device) return async ? "cuMemcpyHtoDAsync_v2" : "cuMemcpyHtoD_v2";
  if (to != Kind::device && from == Kind::device) return async ? "cuMemcpyDtoHAsync_v2" : "cuMemcpyDtoH_v2";
  return async ? "cuMemcpyDtoDAsync_v2" : "cuMemcpyDtoD_v2";
}

static void move(Rows to, Rows from, size_t width, size_t height) {
  for (size_t i = 0; i < height; ++i) memmove(to.start + i * to.pitch, from.start + i * from.pitch, width);
}

// From pageable memory: a copy that need not wait waits for its stream first, takes the bytes, and returns, while they
// may still be on their way. To pageable memory, or without "async" to any of the host: returns when all is done.
static cudaError_t copy(Rows to, Rows from, size_t width, size_t height, cudaMemcpyKind kind, const void* stream,
                        bool async) {
  if (!width || !height) return cudaSuccess;
  Kind target, source;
  {
    Lock l(mutex());
    target = kind_of(to.start), source = kind_of(from.start);
    if (!fits(to, width, height) || !fits(from, width, height)) die("a copy beyond its memory");
  }
  if (!as_declared(target, source, kind)) {
    complain("a copy from or to what its kind (%d) does not say", (int)kind);
    return fail(cudaErrorInvalidValue);
  }
  tell(name_of(target, source, async));
  Lock l(mutex());
  auto on = stream_of(stream);
  if (source == Kind::pageable && target == Kind::device) {
    if (!async) drain(on);
    auto held = std::make_shared<std::vector<char>>(width * height);
    move({held->data(), width}, from, width, height);
    put(on, [=] { move(to, {held->data(), width}, width, height); });
    return cudaSuccess;
  }
  auto operation = put(on, [=] { move(to, from, width, height); });
  bool of_host = target != Kind::device || source != Kind::device;
  if (target == Kind::pageable || (!async && of_host)) force(operation);
  return cudaSuccess;
}

static Rows line(const void* p) { return {(char*)p, 0}; }

PLAYED cudaError_t cudaMemcpy(void* to, const void* from, size_t n, cudaMemcpyKind kind) {
  return copy(line(to), line(from), n, 1, kind, nullptr, false);
}
PLAYED cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t n, cudaMemcpyKind kind, cudaStream_t stream) {
  return copy(line(to), line(from), n, 1, kind, stream, true);
}
PLAYED cudaError_t cudaMemcpy2D(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                                size_t height, cudaMemcpyKind kind) {
  return copy({(char*)to, to_pitch}, {(char*)from, from_pitch}, width, height, kind, nullptr, false);
}
PLAYED cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                                     size_t height, cudaMemcpyKind kind, cudaStream_t stream) {
  return copy({(char*)to, to_pitch}, {(char*)from, from_pitch}, width, height, kind, stream, true);
}

// ---- between devices
static bool belongs(const void* p, int device) {
  Lock l(mutex());
  Block* b = find(p);
  return b && b->kind == Kind::device && b->device == device;
}
static cudaError_t between(void* to, int target, const void* from, int source, size_t n, const void* stream,
                           bool async) {
  if (!n) return cudaSuccess;
  if (belongs(to, target) && belongs(from, source))
    return copy(line(to), line(from), n, 1, cudaMemcpyDeviceToDevice, stream, async);
  complain("a copy from device %d to %d, with memory that is not theirs", source, target);
  return fail(cudaErrorInvalidValue);
}
PLAYED cudaError_t cudaMemcpyPeer(void* to, int target, const void* from, int source, size_t n) {
  {
    Lock l(mutex());
    drain_all();  // "serialized with respect to all pending and future work" of both devices
  }
  return between(to, target, from, source, n, nullptr, false);
}
PLAYED cudaError_t cudaMemcpyPeerAsync(void* to, int target, const void* from, int source, size_t n, cudaStream_t s) {
  return between(to, target, from, source, n, s, true);
}

// ---- fills
static cudaError_t fill(void* p, int value, size_t n, const void* stream, const char* name) {
  if (!n) return cudaSuccess;
  tell(name);
  Lock l(mutex());
  if (kind_of(p) == Kind::pageable) {
    complain("a fill of %p, which is no memory of a card", p);
    return fail(cudaErrorInvalidValue);
  }
  if (!fits(line(p), n, 1)) die("a fill beyond its memory");
  auto operation = put(stream_of(stream), [=] { memset(p, value, n); });
  if (kind_of(p) == Kind::pinned) force(operation);
  return cudaSuccess;
}
PLAYED cudaError_t cudaMemset(void* p, int value, size_t n) { return fill(p, value, n, nullptr, "cuMemsetD8_v2"); }
PLAYED cudaError_t cudaMemsetAsync(void* p, int value, size_t n, cudaStream_t stream) {
  return fill(p, value, n, stream, "cuMemsetD8Async");
}
