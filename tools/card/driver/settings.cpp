// What the environment says about the card, and how trouble is told.
#include "card.hpp"

#include <cstdarg>
#include <cstring>

thread_local int current = 0;
static thread_local int last_error = 0;

std::recursive_mutex& mutex() {
  static auto* the = new std::recursive_mutex;  // never destroyed: threads may outlive main
  return *the;
}

static void tell(const char* format, va_list rest) {
  char line[1024];
  vsnprintf(line, sizeof line, format, rest);
  fprintf(stderr, "card: %s\n", line);
}

void complain(const char* format, ...) {
  va_list rest;
  va_start(rest, format);
  tell(format, rest);
  va_end(rest);
}

void die(const char* format, ...) {
  va_list rest;
  va_start(rest, format);
  tell(format, rest);
  va_end(rest);
  abort();
}

static size_t number(const char* name, size_t otherwise) {
  const char* text = getenv(name);
  if (!text || !*text) return otherwise;
  char* end;
  size_t value = strtoull(text, &end, 10);
  if (*end) die("%s=%s is no whole number", name, text);
  return value;
}

int devices() {
  static int n = [] {
    size_t n = number("CARD_DEVICES", 2);
    if (n > MOST_DEVICES) die("CARD_DEVICES=%zu: at most %d", n, MOST_DEVICES);
    return (int)n;
  }();
  return n;
}

size_t card_bytes() {
  static size_t n = number("CARD_BYTES", (size_t)8 << 30);
  return n;
}

int capability(bool minor) {
  static int both[2] = {9, 0};
  static bool read = [] {
    const char* text = getenv("CARD_CAPABILITY");
    char rest;
    if (text && *text && sscanf(text, "%d.%d%c", &both[0], &both[1], &rest) != 2)
      die("CARD_CAPABILITY=%s is not of the form 9.0", text);
    return true;
  }();
  return read ? both[minor] : 0;
}

bool eager() {
  static bool yes = number("CARD_EAGER", 0);
  return yes;
}

unsigned luck() {
  static unsigned seed = (unsigned)number("CARD_LUCK", 0);
  return seed;
}

bool peers_possible() {
  static bool yes = number("CARD_PEER", 0);
  return yes;
}

void log_launch(const std::string& line) {
  static FILE* file = [] {
    const char* path = getenv("CARD_LOG");
    if (!path || !*path) return (FILE*)nullptr;
    FILE* f = fopen(path, "a");
    if (!f) die("CARD_LOG=%s cannot be written to", path);
    return f;
  }();
  if (!file) return;
  fprintf(file, "%s\n", line.c_str());
  fflush(file);
}

// ---- errors
cudaError_t fail(int code) {
  last_error = code;
  return (cudaError_t)code;
}

PLAYED cudaError_t cudaGetLastError() {
  int code = last_error;
  last_error = 0;
  return (cudaError_t)code;
}

struct Named {
  int code;
  const char *runtime, *driver, *text;
};
static const Named ERRORS[] = {
    {0, "cudaSuccess", "CUDA_SUCCESS", "no error"},
    {1, "cudaErrorInvalidValue", "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "cudaErrorMemoryAllocation", "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {101, "cudaErrorInvalidDevice", "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "cudaErrorDeviceKernelImageInvalid", "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {217, "cudaErrorPeerAccessUnsupported", "CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", "peer access is not supported"},
    {218, "cudaErrorInvalidPtx", "CUDA_ERROR_INVALID_PTX", "a PTX text that cannot be translated"},
    {301, "cudaErrorFileNotFound", "CUDA_ERROR_FILE_NOT_FOUND", "file not found"},
    {400, "cudaErrorInvalidResourceHandle", "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "cudaErrorSymbolNotFound", "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "cudaErrorNotReady", "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "cudaErrorIllegalAddress", "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "cudaErrorLaunchOutOfResources", "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested"},
    {704, "cudaErrorPeerAccessAlreadyEnabled", "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED", "peer access is enabled"},
    {705, "cudaErrorPeerAccessNotEnabled", "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", "peer access is not enabled"},
    {801, "cudaErrorNotSupported", "CUDA_ERROR_NOT_SUPPORTED", "the card that is played does not do this"},
};
static const Named& named(int code) {
  for (auto& each : ERRORS)
    if (each.code == code) return each;
  static const Named other{-1, "cudaErrorUnknown", "CUDA_ERROR_UNKNOWN", "unknown error"};
  return other;
}
PLAYED const char* cudaGetErrorName(cudaError_t code) { return named(code).runtime; }
PLAYED const char* cudaGetErrorString(cudaError_t code) { return named(code).text; }
PLAYED CUresult cuGetErrorName(CUresult code, const char** text) {
  *text = named(code).driver;
  return CUDA_SUCCESS;
}
PLAYED CUresult cuGetErrorString(CUresult code, const char** text) {
  *text = named(code).text;
  return CUDA_SUCCESS;
}
PLAYED int card_not_played(const char* function) {
  complain("%s is not played", function);
  return fail(cudaErrorNotSupported);
}
