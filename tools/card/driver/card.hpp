// What the parts of the played card share: one lock, memory that knows its device, work that is put off.
#pragma once
#include <cuda.h>
#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#undef cudaGetDeviceProperties
#define PLAYED extern "C" __attribute__((visibility("default")))

constexpr int MOST_DEVICES = 16;

// ---- settings.cpp: what the environment says, and how trouble is told
int devices();              // CARD_DEVICES
size_t card_bytes();        // CARD_BYTES
int capability(bool minor);  // CARD_CAPABILITY
bool eager();               // CARD_EAGER
unsigned luck();            // CARD_LUCK
bool peers_possible();      // CARD_PEER
void log_launch(const std::string& line);                            // CARD_LOG
void complain(const char* format, ...) __attribute__((format(printf, 1, 2)));
[[noreturn]] void die(const char* format, ...) __attribute__((format(printf, 1, 2)));  // what a card may do silently
cudaError_t fail(int code);  // remembers it for cudaGetLastError
extern thread_local int current;  // the device of this thread

typedef std::lock_guard<std::recursive_mutex> Lock;
std::recursive_mutex& mutex();

// ---- callbacks.cpp: CUPTI
void tell(const char* function, const char* symbol = nullptr);  // never under the lock: who listens is Python

// ---- memory.cpp
enum class Kind { pageable, pinned, device };
struct Block {
  uintptr_t start;
  size_t size;
  int device;
  Kind kind;
};
Block* find(const void* p);     // the block that has this byte, if any
Block* touching(const void* p);  // the same, or the one that ends just there
bool on_cards(const void* p);   // an address of device memory, whether allocated or not
void adopt(void* p, size_t size);  // memory of a module, as memory of the current device
int reachable(const void* p, size_t bytes, const char* who);  // 0, or the code of an illegal address
int reachable_word(const void* p, const char* who);           // the same, for what may be no pointer at all

// ---- work.cpp
struct Operation;
struct Stream {
  int device;
  unsigned flags;
  bool legacy, closed = false;
  std::deque<std::shared_ptr<Operation>> waiting;
};
struct Operation {
  std::function<void()> run;
  std::vector<std::shared_ptr<Operation>> before;
  std::shared_ptr<Stream> stream;
  bool done = false, running = false;
};
std::shared_ptr<Stream> stream_of(const void* handle);
std::shared_ptr<Operation> put(std::shared_ptr<Stream> stream, std::function<void()> run);
void force(std::shared_ptr<Operation> operation);  // what has to come before it, then itself; nothing else
void drain(std::shared_ptr<Stream> stream);
void drain_all();
bool peers_enabled(int from, int to);  // devices.cpp
