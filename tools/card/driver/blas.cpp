// cuBLAS on the processor's BLAS: the OpenBLAS that NumPy brings along. TF32 is played by cutting the mantissas.
#include <dlfcn.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#define PLAYED extern "C" __attribute__((visibility("default")))

extern "C" {  // modules.cpp
int card_device();
void card_refuse(const char* why);
int card_stream_is_here(void* stream);
int card_reachable(const void* p, size_t bytes, const char* who);
int card_on_device(const void* p);
void card_put(void* stream, const char* name, std::function<void()> run, bool wait);
}

typedef int64_t Long;
enum Status { SUCCESS = 0, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum { POINTERS_OF_DEVICE = 1, TF32_MATH = 3, REAL_32F = 0, REAL_64F = 1 };
enum { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_64F = 70, COMPUTE_64F_PEDANTIC = 71, COMPUTE_TF32 = 77 };
struct Handle {
  int device;
  void* stream;
  int pointer_mode, math_mode;
};

template <class T>
constexpr const char* letter = sizeof(T) == 4 ? "s" : "d";

template <class F, class T>
static F host(const char* name) {
  static void* library = dlopen(getenv("CARD_BLAS"), RTLD_NOW);
  std::string symbol = std::string("scipy_cblas_") + letter<T> + name + "64_";
  void* found = library ? dlsym(library, symbol.c_str()) : nullptr;
  if (found) return (F)found;
  fprintf(stderr, "card: CARD_BLAS has no %s: %s\n", symbol.c_str(), dlerror());
  abort();
}

constexpr int COLUMNS = 102;
static int form(int operation) { return operation == 0 ? 111 : operation == 1 ? 112 : 113; }

// ---- what a call may touch
struct Reach {
  const void* start;
  Long numbers;
};
static Reach matrix(const void* p, Long rows, Long columns, Long leading) {
  return {p, rows && columns ? (columns - 1) * leading + rows : 0};
}
static Reach operand(const void* p, int operation, Long rows, Long columns, Long leading) {
  return operation ? matrix(p, columns, rows, leading) : matrix(p, rows, columns, leading);
}
static Reach vector(const void* p, Long n, Long step) { return {p, n ? (n - 1) * std::labs(step) + 1 : 0}; }

template <class T>
static int allowed(const Handle* h, const char* who, std::initializer_list<Reach> all) {
  if (h->device != card_device() || !card_stream_is_here(h->stream)) {
    card_refuse("a cuBLAS handle or its stream belongs to another device than the current one");
    return EXECUTION_FAILED;
  }
  for (auto& each : all)
    if (card_reachable(each.start, each.numbers * sizeof(T), who)) return EXECUTION_FAILED;
  return SUCCESS;
}

// A factor is read at the call, or by the device in its turn, as the pointer mode says.
template <class T>
static std::function<T()> factor(const Handle* h, const T* p) {
  bool there = card_on_device(p);
  if (h->pointer_mode == POINTERS_OF_DEVICE) {
    if (card_reachable(p, sizeof(T), "a factor")) abort();
    return [p] { return *p; };
  }
  if (there) {
    fprintf(stderr, "card: a factor in memory of a device, in the pointer mode of the host\n");
    abort();
  }
  T value = *p;
  return [value] { return value; };
}

template <class T>
static bool result_misplaced(const Handle* h, const T* p) {
  if ((h->pointer_mode == POINTERS_OF_DEVICE) == (bool)card_on_device(p)) return false;
  card_refuse("a result is not where the pointer mode says");
  return true;
}

template <class T>
static std::string kernel(const char* name) {
  return std::string("played_") + letter<T> + name;
}

// ---- handles
PLAYED int cublasCreate_v2(Handle** h) { return *h = new Handle{card_device(), nullptr, 0, 0}, SUCCESS; }
PLAYED int cublasDestroy_v2(Handle* h) { return delete h, SUCCESS; }
PLAYED int cublasGetVersion_v2(Handle*, int* version) { return *version = 130000, SUCCESS; }
PLAYED int cublasSetStream_v2(Handle* h, void* stream) { return h->stream = stream, SUCCESS; }
PLAYED int cublasGetStream_v2(Handle* h, void** stream) { return *stream = h->stream, SUCCESS; }
PLAYED int cublasSetPointerMode_v2(Handle* h, int mode) { return h->pointer_mode = mode, SUCCESS; }
PLAYED int cublasGetPointerMode_v2(Handle* h, int* mode) { return *mode = h->pointer_mode, SUCCESS; }
PLAYED int cublasGetMathMode(Handle* h, int* mode) { return *mode = h->math_mode, SUCCESS; }
PLAYED int cublasSetMathMode(Handle* h, int mode) {
  if (mode != 0 && mode != 2 && mode != TF32_MATH) return card_refuse("this math mode is not played"), NOT_SUPPORTED;
  return h->math_mode = mode, SUCCESS;
}

// ---- products of matrices
static float cut(float x) {  // to the eleven bits of TF32, to nearest
  uint32_t bits;
  if (!std::isfinite(x)) return x;
  memcpy(&bits, &x, 4);
  bits = (bits + 0x0fff + (bits >> 13 & 1)) & 0xffffe000u;
  memcpy(&x, &bits, 4);
  return x;
}
static std::vector<float> cut(const Reach& a) {
  std::vector<float> all(a.numbers);
  for (Long i = 0; i < a.numbers; ++i) all[i] = cut(((const float*)a.start)[i]);
  return all;
}

template <class T>
static int gemm(Handle* h, int ta, int tb, Long m, Long n, Long k, const T* alpha, const T* A, Long lda, const T* B,
                Long ldb, const T* beta, T* C, Long ldc, bool tf32 = false) {
  if (!m || !n) return SUCCESS;
  Reach a = operand(A, ta, m, k, lda), b = operand(B, tb, k, n, ldb);
  if (int status = allowed<T>(h, "gemm", {a, b, matrix(C, m, n, ldc)})) return status;
  typedef void (*F)(int, int, int, Long, Long, Long, T, const T*, Long, const T*, Long, T, T*, Long);
  auto f = host<F, T>("gemm");
  auto x = factor(h, alpha), y = factor(h, beta);
  tf32 = sizeof(T) == 4 && (tf32 || h->math_mode == TF32_MATH);
  auto run = [=](const T* left, const T* right) {
    f(COLUMNS, form(ta), form(tb), m, n, k, x(), left, lda, right, ldb, y(), C, ldc);
  };
  card_put(h->stream, tf32 ? "played_tf32_gemm" : kernel<T>("gemm").c_str(), [=] {
    if (!tf32) return run(A, B);
    auto left = cut(a), right = cut(b);
    run((const T*)left.data(), (const T*)right.data());
  }, false);
  return SUCCESS;
}

PLAYED int cublasGemmEx(Handle* h, int ta, int tb, int m, int n, int k, const void* alpha, const void* A, int at,
                        int lda, const void* B, int bt, int ldb, const void* beta, void* C, int ct, int ldc,
                        int compute, int) {
  bool single = compute == COMPUTE_32F || compute == COMPUTE_32F_PEDANTIC || compute == COMPUTE_TF32;
  if (at == REAL_32F && bt == REAL_32F && ct == REAL_32F && single)
    return gemm<float>(h, ta, tb, m, n, k, (const float*)alpha, (const float*)A, lda, (const float*)B, ldb,
                       (const float*)beta, (float*)C, ldc, compute == COMPUTE_TF32);
  if (at == REAL_64F && bt == REAL_64F && ct == REAL_64F && (compute == COMPUTE_64F || compute == COMPUTE_64F_PEDANTIC))
    return gemm<double>(h, ta, tb, m, n, k, (const double*)alpha, (const double*)A, lda, (const double*)B, ldb,
                        (const double*)beta, (double*)C, ldc);
  card_refuse("GemmEx of these types is not played");
  return NOT_SUPPORTED;
}

PLAYED int cublasGemmStridedBatchedEx(Handle* h, int ta, int tb, int m, int n, int k, const void* alpha, const void* A,
                                      int at, int lda, long long sa, const void* B, int bt, int ldb, long long sb,
                                      const void* beta, void* C, int ct, int ldc, long long sc, int count, int compute,
                                      int algorithm) {
  int width = at == REAL_32F ? 4 : 8;
  for (int i = 0; i < count; ++i) {
    int status = cublasGemmEx(h, ta, tb, m, n, k, alpha, (const char*)A + i * sa * width, at, lda,
                              (const char*)B + i * sb * width, bt, ldb, beta, (char*)C + i * sc * width, ct, ldc,
                              compute, algorithm);
    if (status) return status;
  }
  return SUCCESS;
}

template <class T>
static int batched(Handle* h, int ta, int tb, int m, int n, int k, const T* alpha, const T* A, int lda, long long sa,
                   const T* B, int ldb, long long sb, const T* beta, T* C, int ldc, long long sc, int count) {
  for (int i = 0; i < count; ++i)
    if (int status = gemm<T>(h, ta, tb, m, n, k, alpha, A + i * sa, lda, B + i * sb, ldb, beta, C + i * sc, ldc))
      return status;
  return SUCCESS;
}

// ---- the others
template <class T>
static int gemv(Handle* h, int t, Long m, Long n, const T* alpha, const T* A, Long lda, const T* x, Long ix,
                const T* beta, T* y, Long iy) {
  Reach in = vector(x, t ? m : n, ix), out = vector(y, t ? n : m, iy);
  if (int status = allowed<T>(h, "gemv", {matrix(A, m, n, lda), in, out})) return status;
  auto f = host<void (*)(int, int, Long, Long, T, const T*, Long, const T*, Long, T, T*, Long), T>("gemv");
  auto a = factor(h, alpha), b = factor(h, beta);
  card_put(h->stream, kernel<T>("gemv").c_str(),
           [=] { f(COLUMNS, form(t), m, n, a(), A, lda, x, ix, b(), y, iy); }, false);
  return SUCCESS;
}

template <class T>
static int dot(Handle* h, Long n, const T* x, Long ix, const T* y, Long iy, T* result) {
  if (result_misplaced(h, result)) return EXECUTION_FAILED;
  if (int status = allowed<T>(h, "dot", {vector(x, n, ix), vector(y, n, iy)})) return status;
  auto f = host<T (*)(Long, const T*, Long, const T*, Long), T>("dot");
  card_put(h->stream, kernel<T>("dot").c_str(), [=] { *result = f(n, x, ix, y, iy); }, !h->pointer_mode);
  return SUCCESS;
}

template <class T>
static int nrm2(Handle* h, Long n, const T* x, Long ix, T* result) {
  if (result_misplaced(h, result)) return EXECUTION_FAILED;
  if (int status = allowed<T>(h, "nrm2", {vector(x, n, ix)})) return status;
  auto f = host<T (*)(Long, const T*, Long), T>("nrm2");
  card_put(h->stream, kernel<T>("nrm2").c_str(), [=] { *result = f(n, x, ix); }, !h->pointer_mode);
  return SUCCESS;
}

template <class T>
static int ger(Handle* h, Long m, Long n, const T* alpha, const T* x, Long ix, const T* y, Long iy, T* A, Long lda) {
  if (int status = allowed<T>(h, "ger", {vector(x, m, ix), vector(y, n, iy), matrix(A, m, n, lda)})) return status;
  auto f = host<void (*)(int, Long, Long, T, const T*, Long, const T*, Long, T*, Long), T>("ger");
  auto a = factor(h, alpha);
  card_put(h->stream, kernel<T>("ger").c_str(), [=] { f(COLUMNS, m, n, a(), x, ix, y, iy, A, lda); }, false);
  return SUCCESS;
}

template <class T>
static int geam(Handle* h, int ta, int tb, Long m, Long n, const T* alpha, const T* A, Long lda, const T* beta,
                const T* B, Long ldb, T* C, Long ldc) {
  Reach a = operand(A, ta, m, n, lda), b = operand(B, tb, m, n, ldb);
  auto x = factor(h, alpha), y = factor(h, beta);
  if (B == nullptr) b.numbers = 0;
  if (int status = allowed<T>(h, "geam", {a, b, matrix(C, m, n, ldc)})) return status;
  card_put(h->stream, kernel<T>("geam").c_str(), [=] {
    auto times = [](T scale, const T* M, int t, Long ld, Long i, Long j) {
      return scale == 0 ? T(0) : scale * M[t ? i * ld + j : j * ld + i];
    };
    T p = x(), q = y();
    for (Long j = 0; j < n; ++j)
      for (Long i = 0; i < m; ++i) C[j * ldc + i] = times(p, A, ta, lda, i, j) + times(q, B, tb, ldb, i, j);
  }, false);
  return SUCCESS;
}

template <class T>
static int syrk(Handle* h, int upper, int t, Long n, Long k, const T* alpha, const T* A, Long lda, const T* beta, T* C,
                Long ldc) {
  if (int status = allowed<T>(h, "syrk", {operand(A, t, n, k, lda), matrix(C, n, n, ldc)})) return status;
  auto f = host<void (*)(int, int, int, Long, Long, T, const T*, Long, T, T*, Long), T>("syrk");
  auto a = factor(h, alpha), b = factor(h, beta);
  card_put(h->stream, kernel<T>("syrk").c_str(),
           [=] { f(COLUMNS, upper ? 121 : 122, form(t), n, k, a(), A, lda, b(), C, ldc); }, false);
  return SUCCESS;
}

// ---- their names, for both precisions
#define BOTH(name, parameters, call) \
  NAMED(S, name, float, parameters, call) \
  NAMED(D, name, double, parameters, call)
#define NAMED(S, name, type, parameters, call)      \
  PLAYED int cublas##S##name parameters(type) {     \
    typedef type T;                                 \
    return call;                                    \
  }
#define GEMM(T) (Handle* h, int ta, int tb, int m, int n, int k, const T* alpha, const T* A, int lda, const T* B, \
                 int ldb, const T* beta, T* C, int ldc)
#define BATCHED(T) (Handle* h, int ta, int tb, int m, int n, int k, const T* alpha, const T* A, int lda, long long sa, \
                    const T* B, int ldb, long long sb, const T* beta, T* C, int ldc, long long sc, int count)
#define GEMV(T) (Handle* h, int t, int m, int n, const T* alpha, const T* A, int lda, const T* x, int ix, \
                 const T* beta, T* y, int iy)
#define DOT(T) (Handle* h, int n, const T* x, int ix, const T* y, int iy, T* result)
#define NRM2(T) (Handle* h, int n, const T* x, int ix, T* result)
#define GER(T) (Handle* h, int m, int n, const T* alpha, const T* x, int ix, const T* y, int iy, T* A, int lda)
#define GEAM(T) (Handle* h, int ta, int tb, int m, int n, const T* alpha, const T* A, int lda, const T* beta, \
                 const T* B, int ldb, T* C, int ldc)
#define SYRK(T) (Handle* h, int upper, int t, int n, int k, const T* alpha, const T* A, int lda, const T* beta, T* C, \
                 int ldc)
BOTH(gemm_v2, GEMM, gemm<T>(h, ta, tb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc))
BOTH(gemmStridedBatched, BATCHED,
     batched<T>(h, ta, tb, m, n, k, alpha, A, lda, sa, B, ldb, sb, beta, C, ldc, sc, count))
BOTH(gemv_v2, GEMV, gemv<T>(h, t, m, n, alpha, A, lda, x, ix, beta, y, iy))
BOTH(dot_v2, DOT, dot<T>(h, n, x, ix, y, iy, result))
BOTH(nrm2_v2, NRM2, nrm2<T>(h, n, x, ix, result))
BOTH(ger_v2, GER, ger<T>(h, m, n, alpha, x, ix, y, iy, A, lda))
BOTH(geam, GEAM, geam<T>(h, ta, tb, m, n, alpha, A, lda, beta, B, ldb, C, ldc))
BOTH(syrk_v2, SYRK, syrk<T>(h, upper, t, n, k, alpha, A, lda, beta, C, ldc))
