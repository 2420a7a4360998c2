// Fixed-point money: int64 micro-units of one currency (1 unit = 1,000,000 micros; range about ±9.2 trillion).
//
// Arithmetic that may overflow is checked: `Add` and `Multiply` return false instead of wrapping. Two amounts of
// different currencies are never added or compared: the compiler rejects that as `currency-mix` before any arithmetic.
#ifndef BYLAW_BASE_MONEY_H_
#define BYLAW_BASE_MONEY_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace bylaw {

enum class Currency : uint8_t { kUsd, kEur, kGbp };

inline constexpr int64_t kMicrosPerUnit = 1'000'000;

// "$", "€" or "£".
std::string_view CurrencySymbol(Currency currency);

struct Money {
  int64_t micros = 0;
  Currency currency = Currency::kUsd;
  friend bool operator==(const Money&, const Money&) = default;
};

// "$0.50", "$20_000", "$0.000034": at least two decimals when there is a fraction, digits grouped by "_".
std::string FormatMoney(Money money);

// a + b, a * n into *out; false on overflow (*out unchanged).
bool AddMicros(int64_t a, int64_t b, int64_t* out);
bool MultiplyMicros(int64_t a, int64_t n, int64_t* out);

// The price of `tokens` at `pico_per_token` (1 micro = 1,000,000 pico), rounded up to a micro; 128-bit product.
// False when the result does not fit.
bool TokenPriceMicros(int64_t tokens, int64_t pico_per_token, int64_t* out);

}  // namespace bylaw

#endif  // BYLAW_BASE_MONEY_H_
