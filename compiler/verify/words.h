// How findings name tenants, places, money and sentences, so that all theorems speak alike.
#ifndef BYLAW_COMPILER_VERIFY_WORDS_H_
#define BYLAW_COMPILER_VERIFY_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "compiler/sema/program.h"

namespace bylaw::verify {

// "european-institution", "12 tenants on tier standard", "3 tenants". Not empty.
std::string TenantsText(const sema::Program& program, const std::vector<TenantId>& tenants);
// The same for tenants besides those already named: "11 more tenants on tier standard", "credit-union".
std::string MoreTenantsText(const sema::Program& program, const std::vector<TenantId>& tenants);
const std::string& TenantName(const sema::Program& program, TenantId tenant);

// "the EU", "DE, FR", for "outside …": what a place clause names, without what is adequate for it.
std::string PlacesText(const sema::PlaceSet& places);

// "$0.56" and "0.56".
std::string MoneyText(const sema::Program& program, int64_t micros);
std::string BareMoneyText(const sema::Program& program, int64_t micros);

// The sentence of a clause as it stands in the file, on one line.
std::string SentenceText(const sema::Program& program, ClauseId clause);
// The part of `span` where `word` stands by itself; `span` if it is not there.
source::Span Narrow(const sema::Program& program, source::Span span, std::string_view word);
// The part of a clause that is an amount of money: "$0.50" of `budget $0.50 per workflow`.
source::Span NarrowToMoney(const sema::Program& program, source::Span span);

// "a", "a and b", "a, b and c".
std::string JoinAnd(const std::vector<std::string>& items);
// "a, b, c".
std::string JoinComma(const std::vector<std::string>& items);
// "1 time", "2 times".
std::string TimesText(int64_t n);
// "1 run", "5_000 runs".
std::string CountText(int64_t n, std::string_view noun);
// "5_000".
std::string GroupedText(int64_t n);
// "1 hour", "71.2 minutes": exact where that is short, else to three digits.
std::string TimeText(DurationNs duration);
// "95%".
std::string PercentText(int64_t ppm);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_WORDS_H_
