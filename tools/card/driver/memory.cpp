// Memory: each device has addresses of its own, so that a stray one is told from the host's.
#include "card.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <map>

// A terabyte of addresses a device, given out in turn: one that was freed is not soon somebody else's. They lie where
// Linux puts nothing by itself, and end in no small number: what is no pointer shall not look like one.
constexpr uintptr_t FIRST = (uintptr_t)1 << 45;
constexpr size_t SPAN = (size_t)1 << 40, WINDOW = (size_t)1 << 32, LOWEST = (size_t)1 << 30;
constexpr size_t PAGE = 4096, GRAIN = 512;
constexpr int GARBAGE = 0xCD;  // what fresh memory holds, so that nobody reads zeros by luck: floats of -4.3e8

static std::map<uintptr_t, Block>& blocks() {
  static auto* all = new std::map<uintptr_t, Block>;
  return *all;
}
static size_t used[MOST_DEVICES];
static uintptr_t next_free[MOST_DEVICES], given_out[MOST_DEVICES];

static void reserve_addresses() {
  static bool reserved = [] {
    void* p = mmap((void*)FIRST, SPAN * MOST_DEVICES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p != (void*)FIRST) die("no addresses for the memory of devices (is there a ulimit -v?)");
    return true;
  }();
  (void)reserved;
}

bool on_cards(const void* p) { return (uintptr_t)p - FIRST < SPAN * MOST_DEVICES; }

static Block* before_or_at(const void* p) {
  auto it = blocks().upper_bound((uintptr_t)p);
  return it == blocks().begin() ? nullptr : &std::prev(it)->second;
}
Block* find(const void* p) {
  Block* b = before_or_at(p);
  return b && (uintptr_t)p < b->start + b->size ? b : nullptr;
}
Block* touching(const void* p) {
  Block* b = before_or_at(p);
  return b && (uintptr_t)p <= b->start + b->size ? b : nullptr;
}

// The pages of a block and one that nobody may touch; the block ends where its pages end, to within a grain.
static size_t pages(size_t n) { return (n + PAGE - 1) / PAGE * PAGE; }

// The next address at or behind this one where a block may begin.
static uintptr_t proper(uintptr_t at, size_t length) {
  size_t low = at % WINDOW;
  if (low < LOWEST) return at - low + LOWEST;
  return low + length > WINDOW && length <= WINDOW - LOWEST ? at - low + WINDOW + LOWEST : at;
}

static uintptr_t place(int device, size_t length) {
  uintptr_t first = FIRST + SPAN * device, end = first + SPAN;
  uintptr_t at = proper(next_free[device] ? next_free[device] : first, length);
  for (int round = 0; round < 2; ++round, at = proper(first, length)) {
    while (at + length <= end) {
      auto it = blocks().lower_bound(at);
      if (it == blocks().end() || at + length <= it->second.start / PAGE * PAGE) {
        next_free[device] = at + length;
        given_out[device] = std::max(given_out[device], at + length);
        return at;
      }
      at = proper(pages(it->second.start + it->second.size) + PAGE, length);
    }
  }
  return 0;
}

PLAYED cudaError_t cudaMalloc(void** p, size_t n) {
  tell("cuMemAlloc_v2");
  Lock l(mutex());
  *p = nullptr;
  if (!n) return cudaSuccess;
  if (n > card_bytes() - used[current]) return fail(cudaErrorMemoryAllocation);
  reserve_addresses();
  size_t room = pages(n);
  uintptr_t at = place(current, room + PAGE);
  if (!at || mprotect((void*)at, room, PROT_READ | PROT_WRITE)) return fail(cudaErrorMemoryAllocation);
  madvise((void*)at, room, MADV_HUGEPAGE);  // fewer faults while it is filled
  uintptr_t start = at + room - (n + GRAIN - 1) / GRAIN * GRAIN;
  memset((void*)start, GARBAGE, n);
  blocks()[start] = {start, n, current, Kind::device};
  used[current] += n;
  *p = (void*)start;
  return cudaSuccess;
}

// Whoever frees memory waits for the work there is, as on a card.
PLAYED cudaError_t cudaFree(void* p) {
  Lock l(mutex());
  if (!p) return cudaSuccess;
  auto it = blocks().find((uintptr_t)p);
  if (it == blocks().end() || it->second.kind != Kind::device) {
    complain("cudaFree: %p is no memory of a device", p);
    return fail(cudaErrorInvalidValue);
  }
  drain_all();
  Block b = it->second;
  blocks().erase(it);
  used[b.device] -= b.size;
  uintptr_t first = b.start / PAGE * PAGE, end = pages(b.start + b.size);
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  if (mmap((void*)first, end - first, PROT_NONE, flags, -1, 0) == MAP_FAILED)
    die("memory of device %d cannot be given back", b.device);
  return cudaSuccess;
}

PLAYED cudaError_t cudaHostAlloc(void** p, size_t n, unsigned) {
  Lock l(mutex());
  *p = nullptr;
  if (!n) return cudaSuccess;
  void* m = aligned_alloc(PAGE, pages(n));
  if (!m) return fail(cudaErrorMemoryAllocation);
  memset(m, GARBAGE, n);
  blocks()[(uintptr_t)m] = {(uintptr_t)m, n, current, Kind::pinned};
  *p = m;
  return cudaSuccess;
}

PLAYED cudaError_t cudaFreeHost(void* p) {
  Lock l(mutex());
  if (!p) return cudaSuccess;
  auto it = blocks().find((uintptr_t)p);
  if (it == blocks().end() || it->second.kind != Kind::pinned) {
    complain("cudaFreeHost: %p is no pinned memory", p);
    return fail(cudaErrorInvalidValue);
  }
  drain_all();
  blocks().erase(it);
  free(p);
  return cudaSuccess;
}

void adopt(void* p, size_t size) { blocks()[(uintptr_t)p] = {(uintptr_t)p, size, current, Kind::device}; }

PLAYED cudaError_t cudaMemGetInfo(size_t* unused, size_t* total) {
  Lock l(mutex());
  *total = card_bytes();
  *unused = card_bytes() - used[current];
  return cudaSuccess;
}

PLAYED cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* a, const void* p) {
  Lock l(mutex());
  memset(a, 0, sizeof *a);
  Block* b = find(p);
  a->type = !b ? cudaMemoryTypeUnregistered : b->kind == Kind::device ? cudaMemoryTypeDevice : cudaMemoryTypeHost;
  a->device = b ? b->device : cudaInvalidDeviceId;
  a->devicePointer = b ? (void*)p : nullptr;
  a->hostPointer = b && b->kind == Kind::device ? nullptr : (void*)p;
  return cudaSuccess;
}

// ---- what work on the current device may touch
static int judge(const Block* b, const void* p, const char* who) {
  if (!b) return complain("%s: %p is freed memory of a card, or was never allocated", who, p), cudaErrorIllegalAddress;
  if (b->kind == Kind::pinned || b->device == current || peers_enabled(current, b->device)) return 0;
  complain("%s: memory of device %d, while %d is current", who, b->device, current);
  return cudaErrorIllegalAddress;
}

int reachable_word(const void* p, const char* who) {
  Block* b = touching(p);
  uintptr_t at = (uintptr_t)p;
  bool freed = !b && on_cards(p) && at < given_out[(at - FIRST) / SPAN] && at % WINDOW >= LOWEST;
  return b || freed ? judge(b, p, who) : 0;
}

int reachable(const void* p, size_t bytes, const char* who) {
  if (!bytes) return 0;
  Block* b = find(p);
  if (!b && !on_cards(p)) return complain("%s: %p is no memory of a card", who, p), cudaErrorIllegalAddress;
  if (int code = judge(b, p, who)) return code;
  if ((uintptr_t)p + bytes <= b->start + b->size) return 0;
  complain("%s: %zu bytes beyond its memory", who, (uintptr_t)p + bytes - b->start - b->size);
  return cudaErrorIllegalAddress;
}
