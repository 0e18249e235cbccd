// Modules and launches. A module's PTX is translated to C and compiled, once for each text; see ../ptx.
#include "card.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

extern char** environ;

constexpr unsigned MOST_THREADS = 1024, MOST_SHARED = 49152;
typedef void (*Entry)(unsigned char**, const unsigned*, unsigned);

struct Module {
  void* library;
  int device;
};
struct Function {
  std::string name;
  int device;
  Entry entry;
  const int* sizes;  // of the parameters, in bytes
  int count, threads, shared;
};

static std::string setting(const char* name) {
  const char* text = getenv(name);
  if (!text || !*text) die("%s is not set: use tools/card/run", name);
  return text;
}

static bool translated(const std::string& base) {
  std::string python = setting("CARD_PYTHON"), translator = setting("CARD_TRANSLATOR");
  std::string bytecode = "pycache_prefix=" + setting("CARD_CACHE") + "/python";
  const char* program = translator.c_str();
  const char* command[] = {python.c_str(), "-S", "-E", "-X", bytecode.c_str(), program, base.c_str(), nullptr};
  pid_t child;
  int status;
  if (posix_spawn(&child, command[0], nullptr, nullptr, (char**)command, environ)) return false;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && !WEXITSTATUS(status);
}

static std::string hash(const std::string& text) {
  uint64_t h = 1469598103934665603ull;
  for (unsigned char c : text) h = (h ^ c) * 1099511628211ull;
  char digits[17];
  snprintf(digits, sizeof digits, "%016llx", (unsigned long long)h);
  return digits;
}

static std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

static void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) die("%s cannot be written", path.c_str());
}

// A module with variables of its own that kernels use has them for each time it is loaded.
static void* private_copy(const std::string& library) {
  std::string own = library + "." + std::to_string(getpid());
  write(own, content(library));
  void* found = dlopen(own.c_str(), RTLD_NOW | RTLD_LOCAL);
  unlink(own.c_str());
  return found;
}

static CUresult load(CUmodule* module, const std::string& text) {
  if (text.find(".version") == std::string::npos) {
    complain("a module that is no PTX (CUPY_COMPILE_WITH_PTX=1 asks for PTX)");
    return CUDA_ERROR_INVALID_IMAGE;
  }
  std::string base = setting("CARD_CACHE") + "/" + hash(text), library = base + ".so";
  if (access(library.c_str(), R_OK)) {
    std::string own = base + "." + std::to_string(getpid()) + ".ptx";
    write(own, text);
    if (rename(own.c_str(), (base + ".ptx").c_str())) die("%s.ptx cannot be written", base.c_str());
    if (!translated(base)) return CUDA_ERROR_INVALID_PTX;
  }
  if (content(base + ".ptx") != text) die("two texts of PTX with one hash, %s", base.c_str());
  void* found = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (found && dlsym(found, "card_own_variables")) found = private_copy(library);
  if (!found) return complain("%s", dlerror()), CUDA_ERROR_INVALID_IMAGE;
  *module = (CUmodule) new Module{found, current};
  return CUDA_SUCCESS;
}

PLAYED CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  Lock l(mutex());
  return load(module, (const char*)image);
}
PLAYED CUresult cuModuleLoad(CUmodule* module, const char* path) {
  Lock l(mutex());
  if (access(path, R_OK)) return CUDA_ERROR_FILE_NOT_FOUND;
  return load(module, content(path));
}
PLAYED CUresult cuModuleUnload(CUmodule) { return CUDA_SUCCESS; }  // kept: work may still be put off

PLAYED CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name) {
  Lock l(mutex());
  auto* module = (Module*)handle;
  auto symbol = [&](const char* what) { return dlsym(module->library, (std::string(what) + name).c_str()); };
  auto entry = (Entry)symbol("entry_");
  if (!entry) return CUDA_ERROR_NOT_FOUND;
  auto number = [&](const char* what) { return *(const int*)symbol(what); };
  *function = (CUfunction) new Function{name, module->device, entry, (const int*)symbol("sizes_"),
                                        number("count_"), number("threads_"), number("shared_")};
  return CUDA_SUCCESS;
}
PLAYED CUresult cuModuleGetGlobal_v2(CUdeviceptr* p, size_t* n, CUmodule handle, const char* name) {
  Lock l(mutex());
  auto* module = (Module*)handle;
  void* found = dlsym(module->library, name);
  auto* size = (const int*)dlsym(module->library, (std::string("bytes_") + name).c_str());
  if (!found || !size) return CUDA_ERROR_NOT_FOUND;
  adopt(found, *size);
  *p = (CUdeviceptr)found;
  if (n) *n = *size;
  return CUDA_SUCCESS;
}

static unsigned most_threads(const Function* f) { return f->threads ? (unsigned)f->threads : MOST_THREADS; }

PLAYED CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction handle) {
  auto* f = (Function*)handle;
  switch (attribute) {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = most_threads(f); return CUDA_SUCCESS;
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: *value = f->shared; return CUDA_SUCCESS;
    default: complain("the attribute %d of a kernel is not played", (int)attribute); return CUDA_ERROR_NOT_SUPPORTED;
  }
}
PLAYED CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* n, CUfunction, int, size_t) {
  return *n = 2, CUDA_SUCCESS;
}
PLAYED CUresult cuOccupancyMaxPotentialBlockSize(int* grid, int* block, CUfunction handle, CUoccupancyB2DSize, size_t,
                                                 int limit) {
  unsigned most = std::min(256u, most_threads((Function*)handle));
  *grid = 2, *block = limit > 0 ? std::min(most, (unsigned)limit) : most;
  return CUDA_SUCCESS;
}

// ---- launches
struct Shape {
  unsigned grid[3], block[3];
};
static CUresult acceptable(const Function* f, const Shape& s, unsigned shared, void** extra) {
  const char* name = f->name.c_str();
  if (extra) return complain("%s: parameters by \"extra\" are not played", name), CUDA_ERROR_NOT_SUPPORTED;
  size_t threads = (size_t)s.block[0] * s.block[1] * s.block[2];
  bool shape = s.grid[0] && s.grid[1] && s.grid[2] && threads && threads <= MOST_THREADS && s.block[2] <= 64;
  shape = shape && s.grid[0] < 1u << 31 && s.grid[1] < 65536 && s.grid[2] < 65536;
  if (!shape || f->shared + shared > MOST_SHARED) {
    complain("%s: a launch of %u %u %u blocks of %u %u %u threads, with %u bytes of shared memory", name, s.grid[0],
             s.grid[1], s.grid[2], s.block[0], s.block[1], s.block[2], f->shared + shared);
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (threads > most_threads(f)) {
    complain("%s: %zu threads, where its bound is %u", name, threads, most_threads(f));
    return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  }
  return CUDA_SUCCESS;
}

// Pointers among the parameters are found by where they point to: structures hold them too.
static int pointers_good(const Function* f, const std::vector<unsigned char>& parameter) {
  for (size_t i = 0; i + 8 <= parameter.size(); i += 8) {
    void* word;
    memcpy(&word, parameter.data() + i, 8);
    if (int code = reachable_word(word, f->name.c_str())) return code;
  }
  return 0;
}

PLAYED CUresult cuLaunchKernel(CUfunction handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                               unsigned bz, unsigned shared, CUstream on, void** given, void** extra) {
  auto* f = (Function*)handle;
  Shape shape{{gx, gy, gz}, {bx, by, bz}};
  tell("cuLaunchKernel", f->name.c_str());
  Lock l(mutex());
  if (CUresult code = acceptable(f, shape, shared, extra)) return code;
  auto stream = stream_of(on);
  if (f->device != current || stream->device != current) {
    complain("%s: a kernel of device %d, on a stream of device %d, while %d is current", f->name.c_str(), f->device,
             stream->device, current);
    return CUDA_ERROR_INVALID_HANDLE;
  }
  auto held = std::make_shared<std::vector<std::vector<unsigned char>>>();
  for (int i = 0; i < f->count; ++i) {
    auto* start = (unsigned char*)given[i];
    held->emplace_back(start, start + f->sizes[i]);
    if (int code = pointers_good(f, held->back())) return (CUresult)code;
  }
  char line[64];
  snprintf(line, sizeof line, " <<<(%u,%u,%u), (%u,%u,%u), %u>>>", gx, gy, gz, bx, by, bz, shared);
  log_launch(std::to_string(current) + " " + f->name + line);
  put(stream, [=] {
    std::vector<unsigned char*> parameters;
    for (auto& each : *held) parameters.push_back(each.data());
    f->entry(parameters.data(), &shape.grid[0], shared);
  });
  return CUDA_SUCCESS;
}

// ---- for the BLAS, which is a library of its own
PLAYED int card_device() { return current; }
PLAYED void card_refuse(const char* why) { complain("%s", why); }
PLAYED int card_stream_is_here(void* stream) {
  Lock l(mutex());
  return stream_of(stream)->device == current;
}
PLAYED int card_reachable(const void* p, size_t bytes, const char* who) {
  Lock l(mutex());
  return reachable(p, bytes, who);
}
PLAYED int card_on_device(const void* p) {
  Lock l(mutex());
  return on_cards(p);
}
PLAYED void card_put(void* stream, const char* name, std::function<void()> run, bool wait) {
  tell("cuLaunchKernel", name);
  Lock l(mutex());
  log_launch(std::to_string(current) + " " + name);
  auto operation = put(stream_of(stream), std::move(run));
  if (wait) force(operation);
}
