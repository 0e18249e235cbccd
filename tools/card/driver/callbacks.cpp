// CUPTI: who has subscribed hears of every call of the driver, at its beginning and its end.
#include "card.hpp"

typedef void (*Callback)(void*, int, uint32_t, const void*);
struct Call {  // CUpti_CallbackData
  int site;
  const char* function;
  const void* params;
  void* result;
  const char* symbol;
  void* context;
  uint32_t context_uid;
  uint64_t* correlation_data;
  uint32_t correlation_id;
};
constexpr int DRIVER_API = 1, ALREADY = 39, LAUNCH = 307;
static Callback callback = nullptr;
static void* listener = nullptr;
static bool listening = false;

void tell(const char* function, const char* symbol) {
  Callback call;
  {
    Lock l(mutex());
    if (!listening) return;
    call = callback;
  }
  static uint32_t id = 0;
  ++id;
  uint64_t own = 0;
  for (int site = 0; site < 2; ++site) {
    Call data{site, function, nullptr, nullptr, symbol, nullptr, 0, &own, id};
    call(listener, DRIVER_API, LAUNCH, &data);
  }
}

PLAYED int cuptiSubscribe(void** subscriber, Callback call, void* data) {
  Lock l(mutex());
  if (callback) return ALREADY;
  callback = call;
  listener = data;
  *subscriber = (void*)1;
  return 0;
}

PLAYED int cuptiEnableDomain(uint32_t on, void*, int domain) {
  Lock l(mutex());
  if (domain == DRIVER_API) listening = on;
  return 0;
}

PLAYED int cuptiUnsubscribe(void*) {
  Lock l(mutex());
  callback = nullptr;
  listening = false;
  return 0;
}
