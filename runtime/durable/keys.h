// The keys of the store, in one place. For runtime/durable only.
//
//   t TENANT 0 d RUN r            where a run stands          o ORG 0 m MONTH     what an org may have spent
//   t TENANT 0 d RUN x NAME       a text it keeps             s b                 how often the store was opened
//   t TENANT 0 m MONTH            what a tenant may have spent  s l NUMBER        how the words of a run are laid out
//   t TENANT 0 q LIMIT            what a limit may have let     e ENDPOINT 0 q LIMIT   an endpoint's quota likewise
//                                 through, and until when      s c                   the currency
//
// A name ends with a zero byte, which no name has inside: no tenant's keys begin like another's. Numbers are big
// endian.
#ifndef BYLAW_RUNTIME_DURABLE_KEYS_H_
#define BYLAW_RUNTIME_DURABLE_KEYS_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"

namespace bylaw::durable::keys {

inline void AppendNumber(std::string* key, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) key->push_back(static_cast<char>(number >> shift & 0xFF));
}
inline uint32_t NumberAt(std::string_view key, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(key[at + i]);
  return number;
}
// Months may be negative; the order of keys is that of months.
inline uint32_t OfMonth(int32_t month) { return static_cast<uint32_t>(month) ^ 0x8000'0000u; }
inline int32_t ToMonth(uint32_t number) { return static_cast<int32_t>(number ^ 0x8000'0000u); }

inline std::string OfName(char space, std::string_view name) {
  BYLAW_CHECK(name.find('\0') == std::string_view::npos, "no name has a zero byte in it");
  std::string key(1, space);
  key += name;
  key.push_back('\0');
  return key;
}
inline std::string Bytes(int64_t number) { return {reinterpret_cast<const char*>(&number), sizeof(number)}; }
// Two numbers.
struct Pair {
  int64_t first = 0, second = 0;
};
inline std::string Bytes(const Pair& pair) { return Bytes(pair.first) + Bytes(pair.second); }
// 0 if it has another size.
inline int64_t ToInt64(std::string_view bytes) {
  int64_t number = 0;
  if (bytes.size() == sizeof(number)) std::memcpy(&number, bytes.data(), sizeof(number));
  return number;
}

inline Pair ToPair(std::string_view bytes) {
  if (bytes.size() != 2 * sizeof(int64_t)) return {};
  return {ToInt64(bytes.substr(0, sizeof(int64_t))), ToInt64(bytes.substr(sizeof(int64_t)))};
}

}  // namespace bylaw::durable::keys

#endif  // BYLAW_RUNTIME_DURABLE_KEYS_H_
