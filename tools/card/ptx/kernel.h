// What a translated kernel is made of: types, operations of PTX that C has no word for, and the play of a grid.
#include <fenv.h>
#include <float.h>
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef uint64_t u64; typedef unsigned __int128 u128;
typedef int8_t s8; typedef int16_t s16; typedef int32_t s32; typedef int64_t s64; typedef __int128 s128;

static void __attribute__((noreturn, cold)) give_up(const char* why) {
  fprintf(stderr, "card: in a kernel: %s\n", why);
  abort();
}

// ---- registers are bits; values are made of them
#define BITS_OF(N, T, U)                                                    \
  static inline T F##N(U x) { T f; memcpy(&f, &x, sizeof f); return f; }    \
  static inline U B##N(T f) { U x; memcpy(&x, &f, sizeof x); return x; }
BITS_OF(16, _Float16, u16)
BITS_OF(32, float, u32)
BITS_OF(64, double, u64)

// ---- floating point: .ftz, .sat, the one NaN of f32, minima that know -0
static inline float FLUSHf(float x) { return fabsf(x) < FLT_MIN ? copysignf(0, x) : x; }
static inline double FLUSH(double x) { return fabs(x) < DBL_MIN ? copysign(0, x) : x; }
static inline float SATURATEDf(float x) { return x > 0 ? x < 1 ? x : 1 : 0; }
static inline double SATURATED(double x) { return x > 0 ? x < 1 ? x : 1 : 0; }
static inline float CANONICAL(float x) { return x != x ? F32(0x7fffffff) : x; }
#define EXTREMES(S, T)                                                                                            \
  static inline T MIN##S(T x, T y) { return x != x ? y : y != y ? x : x == y ? (signbit(x) ? x : y) : x < y ? x : y; } \
  static inline T MAX##S(T x, T y) { return x != x ? y : y != y ? x : x == y ? (signbit(x) ? y : x) : x > y ? x : y; }
EXTREMES(f, float)
EXTREMES(, double)
static inline double GROSS(double x) { return FLUSH(F64(B64(x) & 0xffffffff00000000ull)); }  // its upper half alone

// ---- directed rounding. Nothing may be moved across the change of the mode: hence volatile, and never inline.
#ifdef __FMA__  // the processor does all of it; else the C library's fma asks for the mode of the old unit too
static inline void round_to(int mode) { _mm_setcsr((_mm_getcsr() & ~0x6000) | mode << 3); }
_Static_assert(FE_DOWNWARD << 3 == 0x2000 && FE_UPWARD << 3 == 0x4000, "the modes of both units are alike");
#else
static inline void round_to(int mode) { fesetround(mode); }
#endif
#define DIRECTED_OF(name, T, N, from, expression)                                                   \
  static T __attribute__((noinline, unused)) name(int mode, from a, from b, from c) {               \
    round_to(mode);                                                                                 \
    volatile from x = a, y = b, z = c;                                                              \
    volatile T r = expression;                                                                      \
    round_to(FE_TONEAREST);                                                                         \
    return r;                                                                                       \
  }
#define DIRECTED(N, T, S)                          \
  DIRECTED_OF(add_##N, T, N, T, x + y)             \
  DIRECTED_OF(sub_##N, T, N, T, x - y)             \
  DIRECTED_OF(mul_##N, T, N, T, x * y)             \
  DIRECTED_OF(div_##N, T, N, T, x / y)             \
  DIRECTED_OF(rcp_##N, T, N, T, 1 / x)             \
  DIRECTED_OF(sqrt_##N, T, N, T, sqrt##S(x))       \
  DIRECTED_OF(fma_##N, T, N, T, fma##S(x, y, z))   \
  DIRECTED_OF(N##_of_s64, T, N, s64, x)            \
  DIRECTED_OF(N##_of_u64, T, N, u64, x)
DIRECTED(f32, float, f)
DIRECTED(f64, double, )
DIRECTED_OF(f32_of_f64, float, f32, double, x)

// ---- floats to integers: beyond the range its end; a NaN is 0, but the highest bit alone where 64 bits take part
#define TO_SIGNED(x, W, wide) \
  ({ double v_ = (x), e_ = (double)(1ull << (W - 1)); s64 m_ = (s64)((1ull << (W - 1)) - 1); \
     v_ != v_ ? (wide ? -m_ - 1 : 0) : v_ >= e_ ? m_ : v_ <= -e_ ? -m_ - 1 : (s64)v_; })
#define TO_UNSIGNED(x, W, wide) \
  ({ double v_ = (x), e_ = 2.0 * (double)(1ull << (W - 1)); u64 m_ = (1ull << (W - 1)) * 2 - 1; \
     v_ != v_ ? (wide ? 1ull << (W - 1) : 0) : v_ >= e_ ? m_ : v_ <= 0 ? 0 : (u64)v_; })

// ---- integers
#define CARRY(U, W, sum, keep) ({ u128 s_ = (sum); if (keep) CC = s_ >> W & 1; (U)s_; })
#define SHL(U, a, n) ((n) >= sizeof(U) * 8 ? 0 : (U)((a) << (n)))
#define SHR(U, a, n) ((n) >= sizeof(U) * 8 ? 0 : (U)((a) >> (n)))
#define SHR_SIGNED(T, a, n) ((a) >> ((n) >= sizeof(T) * 8 ? sizeof(T) * 8 - 1 : (n)))
static inline u32 FUNNEL(u32 a, u32 b, u32 given, int left, u32 n) {
  u64 x = (u64)b << 32 | a;
  return left ? (u32)(x << n >> 32) : (u32)(x >> n);
}
static inline u32 PERMUTED(u32 a, u32 b, u32 c) {
  u64 x = (u64)b << 32 | a;
  u32 r = 0;
  for (int i = 0; i < 4; ++i) {
    u32 s = c >> (4 * i) & 15;
    u8 y = x >> (8 * (s & 7));
    if (s & 8) y = (s8)y >> 7;
    r |= (u32)y << (8 * i);
  }
  return r;
}
static inline u32 LOGIC(u32 a, u32 b, u32 c, u32 table) {
  u32 r = 0;
  for (int i = 0; i < 8; ++i)
    if (table >> i & 1) r |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
  return r;
}
static inline u64 REVERSED(u64 a) {
  u64 r = 0;
  for (int i = 0; i < 64; ++i) r |= (a >> i & 1) << (63 - i);
  return r;
}
static inline u32 TOP(u64 a) { return a ? 63 - __builtin_clzll(a) : -1; }
static inline u64 EXTRACT(u64 a, int width, u32 at, u32 count, int sign) {
  u32 last, filled;
  u64 r = 0;
  at &= 255, count &= 255;
  if (!count) return 0;
  last = at + count - 1 < width - 1 ? at + count - 1 : width - 1;
  filled = sign && (a >> last & 1);
  for (u32 i = 0; i < width; ++i) r |= (u64)(i < count && at + i < width ? a >> (at + i) & 1 : filled) << i;
  return r;
}
static inline u64 INSERT(u64 a, u64 into, int width, u32 at, u32 count) {
  at &= 255, count &= 255;
  for (u32 i = 0; i < count && at + i < width; ++i) into = (into & ~(1ull << (at + i))) | (a >> i & 1) << (at + i);
  return into;
}

// ---- threads
enum { DONE, READY, AT_BARRIER, AT_MEETING };
struct Thread {      // of a kernel whose threads wait for each other; its registers follow
  int next, state;   // where it goes on
  u32 key, mask;     // whom it waits for
  u32 value, met;    // what it gives to the meeting; who was there
  u32 carry;
};
struct Here {        // where a thread is
  u8** P;            // the parameters
  const u32* D;      // blocks of the grid, threads of a block
  u8* shared;
  u32 shared_bytes, threads;
  u32 block[3], thread[3], id;
  u32* values;       // what the lanes of this warp gave to the last meeting
};
typedef int (*Body)(struct Thread*, const struct Here*);

#define LANES_EQ(lane) (1u << (lane))
#define LANES_LT(lane) ((1u << (lane)) - 1)
#define LANES_LE(lane) (LANES_LT(lane) | LANES_EQ(lane))
#define LANES_GT(lane) (~LANES_LE(lane))
#define LANES_GE(lane) (~LANES_LT(lane))
#define IN_SHARED(p) ((u64)(p) - (u64)(uintptr_t)h->shared < h->shared_bytes)
#define SHARED_AT(offset, size) \
  ({ u32 o_ = (offset); if ((u64)o_ + size > h->shared_bytes) give_up("an address beyond shared memory"); \
     ALIGNED(h->shared + o_, size); })
#define ALIGNED(p, size) \
  ({ u8* p_ = (p); if ((uintptr_t)p_ & (size - 1)) give_up("a misaligned address"); p_; })

// ---- meetings: a thread says what it waits for, returns, and goes on behind the label
#define WAIT(how, n) t->own.next = n; return how; Y##n: ;
#define BARRIER(n, number) { t->own.key = (number); WAIT(AT_BARRIER, n) }
#define MEET(n, kind, who, what) { t->own.key = kind; t->own.mask = (who); t->own.value = (what); WAIT(AT_MEETING, n) }
#define GARBAGE 0xcdcdcdcdu
enum { UP, DOWN, BFLY, IDX };
static inline u32 source_lane(int kind, u32 lane, u32 b, u32 c, u32* inside) {
  u32 by = b & 31, clamp = c & 31, segment = c >> 8 & 31, least = lane & segment, most = least | (clamp & ~segment);
  u32 named = least | (by & ~segment);
  s32 j = kind == UP ? (s32)lane - (s32)by : kind == DOWN ? lane + by : kind == BFLY ? lane ^ by : named;
  *inside = kind == UP ? j >= (s32)most : j <= (s32)most;
  return *inside ? j : lane;
}

#define THREAD(k) ((struct Thread*)(threads + (k) * stride))

// Whether all that a thread waits for are there: those of its mask that are not done, at the same kind of meeting.
static u32 complete(char* threads, size_t stride, u32 lanes, u32 lane) {
  struct Thread* t = THREAD(lane);
  u32 met = 0;
  if (!(t->mask >> lane & 1)) give_up("a lane that is not in its own mask");
  for (u32 k = 0; k < lanes; ++k) {
    struct Thread* other = THREAD(k);
    if (!(t->mask >> k & 1) || other->state == DONE) continue;
    if (other->state != AT_MEETING || other->key != t->key || other->mask != t->mask) return 0;
    met |= 1u << k;
  }
  for (u32 rest = met; rest; rest &= rest - 1) THREAD(__builtin_ctz(rest))->met = met;
  return met;
}

static void put_at(struct Here* h, u32 id) {
  h->id = id, h->thread[0] = id;
  if (h->D[4] * h->D[5] == 1) return;  // most blocks are a line
  h->thread[0] = id % h->D[3], h->thread[1] = id / h->D[3] % h->D[4], h->thread[2] = id / (h->D[3] * h->D[4]);
}

// Threads of a warp go on until none can: in turn, each as far as it gets.
static void play_warp(struct Here* h, Body body, char* threads, size_t stride, u32 first, u32 lanes) {
  u32 values[32];
  h->values = values;
  for (int meeting = 1; meeting;) {
    meeting = 0;
    for (u32 k = 0; k < lanes; ++k) {
      if (THREAD(k)->state == READY) {
        put_at(h, first + k);
        THREAD(k)->state = body(THREAD(k), h);
      }
      meeting |= THREAD(k)->state == AT_MEETING;
    }
    if (!meeting) return;
    meeting = 0;
    for (u32 k = 0; k < lanes; ++k) {
      u32 met = THREAD(k)->state == AT_MEETING ? complete(threads, stride, lanes, k) : 0;
      meeting |= met != 0;
      for (; met; met &= met - 1) {
        struct Thread* t = THREAD(__builtin_ctz(met));
        values[__builtin_ctz(met)] = t->value, t->state = READY;
      }
    }
  }
}

static void play_block(struct Here* h, Body body, char* threads, size_t stride) {
  for (u32 k = 0; k < h->threads; ++k) *THREAD(k) = (struct Thread){.state = READY};
  for (;;) {
    for (u32 k = 0; k < h->threads; k += 32)
      play_warp(h, body, threads + k * stride, stride, k, h->threads - k < 32 ? h->threads - k : 32);
    u32 left = 0, number = 0;
    for (u32 k = 0; k < h->threads; ++k) {
      struct Thread* t = THREAD(k);
      if (t->state == DONE) continue;
      if (t->state != AT_BARRIER || (left++ && t->key != number)) give_up("threads that wait for ever");
      number = t->key;
    }
    if (!left) return;
    for (u32 k = 0; k < h->threads; ++k) THREAD(k)->state = THREAD(k)->state == AT_BARRIER ? READY : DONE;
  }
}

// ---- a grid: blocks one after the other. Shared memory holds garbage at first.
static struct Here grid(u8** P, const u32* D, u32 shared_bytes) {
  struct Here h = {.P = P, .D = D, .shared_bytes = shared_bytes, .threads = D[3] * D[4] * D[5]};
  h.shared = aligned_alloc(256, (shared_bytes + 256) / 256 * 256);
  return h;
}
#define EACH_BLOCK(h)                                    \
  for ((h).block[2] = 0; (h).block[2] < D[2]; ++(h).block[2]) \
    for ((h).block[1] = 0; (h).block[1] < D[1]; ++(h).block[1]) \
      for ((h).block[0] = 0; (h).block[0] < D[0]; ++(h).block[0])
#define EACH_THREAD(h)                                   \
  (h).id = 0;                                            \
  for ((h).thread[2] = 0; (h).thread[2] < D[5]; ++(h).thread[2]) \
    for ((h).thread[1] = 0; (h).thread[1] < D[4]; ++(h).thread[1]) \
      for ((h).thread[0] = 0; (h).thread[0] < D[3]; ++(h).thread[0], ++(h).id)
