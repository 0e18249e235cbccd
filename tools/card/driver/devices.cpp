// Devices: which there are, what they say of themselves, who may touch whose memory.
#include "card.hpp"

#include <cstring>

constexpr int VERSION = 13000, THREADS = 1024, WARP = 32, PROCESSORS = 2, SHARED = 49152;

static bool exists(int device) { return device >= 0 && device < devices(); }

PLAYED cudaError_t cudaDriverGetVersion(int* version) { return *version = VERSION, cudaSuccess; }
PLAYED cudaError_t cudaRuntimeGetVersion(int* version) { return *version = VERSION, cudaSuccess; }
PLAYED cudaError_t cudaGetDevice(int* device) { return *device = current, cudaSuccess; }
PLAYED cudaError_t cudaGetDeviceCount(int* n) { return *n = devices(), cudaSuccess; }
PLAYED cudaError_t cudaSetDevice(int device) {
  if (!exists(device)) return fail(cudaErrorInvalidDevice);
  current = device;
  return cudaSuccess;
}
PLAYED cudaError_t cudaProfilerStart() { return cudaSuccess; }
PLAYED cudaError_t cudaProfilerStop() { return cudaSuccess; }

PLAYED cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (!exists(device)) return fail(cudaErrorInvalidDevice);
  switch ((int)attribute) {
    case cudaDevAttrComputeCapabilityMajor: *value = capability(false); break;
    case cudaDevAttrComputeCapabilityMinor: *value = capability(true); break;
    case cudaDevAttrMultiProcessorCount: *value = PROCESSORS; break;
    case cudaDevAttrMaxThreadsPerBlock: *value = THREADS; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *value = 2 * THREADS; break;
    case cudaDevAttrWarpSize: *value = WARP; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = SHARED; break;
    case cudaDevAttrMaxGridDimX: *value = 2147483647; break;
    case cudaDevAttrMaxGridDimY: case cudaDevAttrMaxGridDimZ: *value = 65535; break;
    case cudaDevAttrMaxBlockDimX: case cudaDevAttrMaxBlockDimY: *value = THREADS; break;
    case cudaDevAttrMaxBlockDimZ: *value = 64; break;
    case cudaDevAttrUnifiedAddressing: *value = 1; break;
    // What a card has that this one has not, and what is not known of it.
    case cudaDevAttrMemoryPoolsSupported: case cudaDevAttrManagedMemory: case cudaDevAttrCooperativeLaunch:
    case cudaDevAttrClockRate: case cudaDevAttrMemoryClockRate: case cudaDevAttrKernelExecTimeout:
    case cudaDevAttrComputeMode: case cudaDevAttrGpuOverlap: case cudaDevAttrMaxTexture1DLinearWidth:
    case cudaDevAttrSingleToDoublePrecisionPerfRatio:
      *value = 0; break;
    default:
      complain("the attribute %d of a device is not played", (int)attribute);
      return fail(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

PLAYED cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int device) {
  if (!exists(device)) return fail(cudaErrorInvalidDevice);
  memset(p, 0, sizeof *p);
  snprintf(p->name, sizeof p->name, "a card that the processor plays (%d)", device);
  p->totalGlobalMem = card_bytes();
  p->major = capability(false), p->minor = capability(true);
  p->multiProcessorCount = PROCESSORS, p->warpSize = WARP;
  p->sharedMemPerBlock = SHARED;
  p->maxThreadsPerBlock = p->maxThreadsDim[0] = p->maxThreadsDim[1] = THREADS;
  p->maxThreadsPerMultiProcessor = 2 * THREADS;
  p->maxThreadsDim[2] = 64;
  p->maxGridSize[0] = 2147483647, p->maxGridSize[1] = p->maxGridSize[2] = 65535;
  p->unifiedAddressing = 1;
  p->pciBusID = device;
  return cudaSuccess;
}
PLAYED cudaError_t cudaDeviceGetPCIBusId(char* text, int n, int device) {
  if (!exists(device)) return fail(cudaErrorInvalidDevice);
  snprintf(text, n, "0000:%02x:00.0", device);
  return cudaSuccess;
}
PLAYED cudaError_t cudaDeviceGetLimit(size_t* value, cudaLimit limit) {
  if (limit != cudaLimitStackSize) return fail(cudaErrorNotSupported);
  *value = 1024;
  return cudaSuccess;
}

// ---- peers
static bool enabled[MOST_DEVICES][MOST_DEVICES];

bool peers_enabled(int from, int to) { return enabled[from][to]; }

PLAYED cudaError_t cudaDeviceCanAccessPeer(int* can, int device, int other) {
  if (!exists(device) || !exists(other)) return fail(cudaErrorInvalidDevice);
  *can = peers_possible() && device != other;
  return cudaSuccess;
}
PLAYED cudaError_t cudaDeviceEnablePeerAccess(int other, unsigned) {
  Lock l(mutex());
  if (!exists(other) || other == current) return fail(cudaErrorInvalidDevice);
  if (!peers_possible()) return fail(cudaErrorPeerAccessUnsupported);
  if (enabled[current][other]) return fail(cudaErrorPeerAccessAlreadyEnabled);
  enabled[current][other] = true;
  return cudaSuccess;
}
PLAYED cudaError_t cudaDeviceDisablePeerAccess(int other) {
  Lock l(mutex());
  if (!exists(other) || !enabled[current][other]) return fail(cudaErrorPeerAccessNotEnabled);
  enabled[current][other] = false;
  return cudaSuccess;
}

// ---- contexts: one a device
PLAYED CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
PLAYED CUresult cuCtxGetCurrent(CUcontext* context) {
  *context = (CUcontext)(uintptr_t)(current + 1);
  return CUDA_SUCCESS;
}
PLAYED CUresult cuCtxSetCurrent(CUcontext context) {
  int device = (int)(uintptr_t)context - 1;
  if (!exists(device)) return CUDA_ERROR_INVALID_CONTEXT;
  current = device;
  return CUDA_SUCCESS;
}
PLAYED CUresult cuCtxGetDevice(CUdevice* device) { return *device = current, CUDA_SUCCESS; }
PLAYED CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) { return CUDA_SUCCESS; }
PLAYED CUresult cuGetExportTable(const void** table, const CUuuid*) { return *table = nullptr, CUDA_ERROR_NOT_FOUND; }
