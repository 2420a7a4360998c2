#include "base/money.h"

#include <cstddef>
#include <limits>

#include "base/check.h"

namespace bylaw {

std::string_view CurrencySymbol(Currency currency) {
  switch (currency) {
    case Currency::kUsd:
      return "$";
    case Currency::kEur:
      return "€";
    case Currency::kGbp:
      return "£";
  }
  BYLAW_UNREACHABLE("currency");
}

std::string FormatMoney(Money money) {
  const bool negative = money.micros < 0;
  const uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(money.micros) : static_cast<uint64_t>(money.micros);
  std::string digits = std::to_string(magnitude / kMicrosPerUnit);
  if (digits.size() > 3) {
    for (size_t at = digits.size() - 3; at > 0 && at < digits.size(); at = at > 3 ? at - 3 : 0) digits.insert(at, "_");
  }
  std::string fraction = std::to_string(kMicrosPerUnit + magnitude % kMicrosPerUnit).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (fraction.size() == 1) fraction += '0';
  std::string text = negative ? "-" : "";
  text += CurrencySymbol(money.currency);
  text += digits;
  if (!fraction.empty()) text += "." + fraction;
  return text;
}

bool AddMicros(int64_t a, int64_t b, int64_t* out) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return false;
  *out = sum;
  return true;
}

bool MultiplyMicros(int64_t a, int64_t n, int64_t* out) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, n, &product)) return false;
  *out = product;
  return true;
}

bool TokenPriceMicros(int64_t tokens, int64_t pico_per_token, int64_t* out) {
  const __int128 pico = static_cast<__int128>(tokens) * pico_per_token;
  const __int128 micros = pico <= 0 ? pico / kMicrosPerUnit : (pico + kMicrosPerUnit - 1) / kMicrosPerUnit;
  if (micros > std::numeric_limits<int64_t>::max() || micros < std::numeric_limits<int64_t>::min()) return false;
  *out = static_cast<int64_t>(micros);
  return true;
}

}  // namespace bylaw
