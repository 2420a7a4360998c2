#include "tests/property/random_edit.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "base/prng.h"

namespace bylaw::property {
namespace {

// A policy is a fixed number of parts, each drawn from a seed of its own: an edit draws some parts anew.
class Writer {
 public:
  Writer(const std::vector<uint64_t>& seeds, bool hard) : seeds_(seeds), hard_(hard) {}

  static constexpr size_t kParts = 25;

  std::string Write() {
    text_ = "edition 2026\ncountry AA\ncountry BB\nplace EU is AA\nregion aa-1 in AA\nregion bb-1 in BB\n";
    Part([this] { Adequacy(); });
    for (const char* name : {"big-aa", "big-bb", "big-ab", "small-bb"}) Part([&] { Endpoint(name); });
    Part([this] { Tool(); });
    text_ +=
        "store keep-aa {\n  keeps state, checkpoints, audit\n  in aa-1\n}\n"
        "store keep-bb {\n  keeps state, checkpoints, audit\n  in bb-1\n}\n"
        "reviewers desk-aa {\n  based in AA\n}\nreviewers desk-bb {\n  based in BB\n}\n";
    Part([this] { text_ += fmt::format("pool p in aa-1 has {} slots with room for 100 waiting\n", 4 + Below(3)); });
    Part([this] {
      text_ += fmt::format("setting bar is a number from 0 to 1 by default 0.{} that tenants may only raise\n",
                           Below(4) + 3);
    });
    Part([this] { Ladder(); });
    Part([this] { Tiers(); });
    text_ += "workflow work {\n  input amount is money\n  input channel is one of web, branch, partner\n";
    Part([this] { Judge(); });
    Part([this] { Act(); });
    text_ += "}\n";
    for (int i = 0; i < 3; ++i) Part([&] { Rule(i); });
    for (int i = 0; i < 3; ++i) Part([&] { Tenant(i); });
    return text_;
  }

 private:
  template <typename Write>
  void Part(const Write& write) {
    prng_ = Prng(seeds_[part_++]);
    write();
  }
  uint64_t Below(uint64_t n) { return prng_.Below(n); }
  bool Chance(double p) { return prng_.Chance(p); }
  template <size_t N>
  std::string_view One(const std::array<std::string_view, N>& all) {
    return all[Below(N)];
  }

  void Adequacy() {
    if (Chance(0.5)) return;
    text_ += "adequacy from EU to BB {\n  since 2020-01-01\n";
    if (Chance(0.7)) text_ += fmt::format("  until 2027-0{}-10\n", 1 + Below(8));
    text_ += "}\n";
  }

  void Endpoint(std::string_view name) {
    const bool small = name.starts_with("small");
    text_ += fmt::format("endpoint {} {{\n  serves model {}\n  in {}\n  costs at most $0.0{} per call\n}}\n", name,
                         small ? "small" : "big", name.ends_with("bb") ? "bb-1" : "aa-1", (small ? 1 : 3) + Below(2));
  }

  void Tool() {
    text_ += fmt::format("endpoint tool-{0} {{\n  serves tool hammer\n  in {0}-1\n  costs at most $0.02 per call\n}}\n",
                         Chance(0.7) ? "aa" : "bb");
  }

  void Ladder() {
    text_ += "ladder steep {\n";
    uint64_t percent = 90;
    for (uint64_t i = Below(3); i-- > 0;) {
      percent -= 10 * (1 + Below(3));
      const std::string effect(One<4>({"use model small", "skip optional steps", "send to reviewers", "suspend"}));
      text_ += fmt::format("  when budget below {}: {}\n",
                           Chance(0.6) ? fmt::format("{}%", percent) : fmt::format("$0.{:02}", 1 + Below(9)), effect);
    }
    text_ += "  when budget below $0.01: send to reviewers\n}\n";
  }

  void Tiers() {
    for (const char* name : {"gold", "plain"}) {
      text_ +=
          fmt::format("tier {} {{\n  weight {}\n  at most {} workflows at once{}\n  budget $0.{} per workflow\n", name,
                      3 + Below(2), 8 + Below(3), Chance(0.3) ? " bursting to 20 for 10 minutes" : "", 14 + Below(3));
      if (Chance(0.5)) text_ += fmt::format("  at most {} calls per hour to hammer\n", 10 + Below(3));
      if (Chance(0.6)) text_ += "  follow ladder steep\n";
      if (Chance(0.3)) text_ += "  must not use models small\n";
      if (Chance(0.3)) text_ += "  keep audit for at least 7 years\n";
      if (Chance(0.2)) text_ += fmt::format("  sla 95% within {} hours\n", 3 + Below(2));
      text_ += "}\n";
    }
    text_ +=
        "regulation HOME {\n  state stays in EU\n  calls go only to EU, places adequate for EU\n  reviewers based in "
        "EU\n}\n";
  }

  std::string Condition(bool judged) {
    if (hard_ && Chance(0.5)) {
      return std::string(One<3>({"request.amount * 2 > $5", "request.channel.startsWith(\"w\") || request.amount > $3",
                                 "request.amount + $1 < $4 && request.channel == \"web\""}));
    }
    std::vector<std::string> atoms = {
        fmt::format("request.amount {} ${}", One<4>({"<", ">", ">=", "=="}), 1 + Below(5)),
        fmt::format("request.channel == \"{}\"", One<3>({"web", "branch", "partner"})),
        fmt::format("request.channel in [\"{}\", \"partner\"]", One<2>({"web", "branch"})), "tenant.tier == \"gold\""};
    if (judged) {
      atoms.push_back(fmt::format("steps.judge.score < 0.{}", 2 + Below(6)));
      atoms.emplace_back("steps.judge.score < tenant.bar");
    }
    std::string text = atoms[Below(atoms.size())];
    if (Chance(0.4)) text += fmt::format(" {} {}", One<2>({"&&", "||"}), atoms[Below(atoms.size())]);
    return text;
  }

  void Judge() {
    text_ += fmt::format(
        "  step judge {{\n    calls model {}\n    gives score as a number from 0 to 1\n    retries at most {} times\n  "
        "}}\n",
        One<2>({"big", "small"}), 1 + Below(2));
  }

  void Act() {
    text_ += fmt::format("  {}step act {{\n    after judge\n    calls {}\n", Chance(0.3) ? "optional " : "",
                         One<2>({"model big", "tool hammer"}));
    if (Chance(0.4)) text_ += fmt::format("    when ({})\n", Condition(true));
    if (Chance(0.4)) text_ += fmt::format("    asks {} of reviewers when ({})\n", 1 + Below(2), Condition(true));
    text_ += "  }\n";
  }

  void Rule(int index) {
    if (Chance(0.4)) return;
    text_ += fmt::format("window hours-{0} is Monday to Friday 0{1}:00 to 18:00\nrule r{0} {{\n", index, 6 + Below(3));
    const bool of_work = Chance(0.6);
    text_ += of_work ? One<2>({"  for step act of work\n", "  for workflow work\n"})
                     : One<2>({"  for every tenant on tier gold\n", "  for tenant t1\n"});
    if (of_work && Chance(0.8)) text_ += fmt::format("  when ({})\n", Condition(false));
    const std::string wait = fmt::format("wait until hours-{}", index);
    const std::array<std::string_view, 7> effects = {
        "deny", "suspend",         "send to reviewers desk-aa", "ask 2 of reviewers",
        wait,   "use model small", "put in lane background"};
    text_ += fmt::format("  {}\n}}\n", One(effects));
  }

  void Tenant(int index) {
    text_ += fmt::format("tenant t{} on tier {} {{\n  at most {} workflows at once\n", index, One<2>({"gold", "plain"}),
                         5 + Below(3));
    if (Chance(0.4)) text_ += "  subject to HOME\n";
    if (Chance(0.3)) text_ += "  calls go only to AA\n";
    if (Chance(0.4)) {
      text_ += fmt::format("  route big to {} else suspend\n",
                           One<4>({"big-bb then big-aa", "big-aa then big-bb", "big-ab then big-bb then big-aa",
                                   "big-bb then big-ab then big-aa"}));
    }
    if (Chance(0.3)) text_ += fmt::format("  set bar to 0.{}\n", 7 + Below(2));
    if (Chance(0.3)) text_ += fmt::format("  budget $0.{} per workflow\n", 11 + Below(3));
    text_ += "}\n";
  }

  const std::vector<uint64_t>& seeds_;
  const bool hard_;
  size_t part_ = 0;
  Prng prng_{0};
  std::string text_;
};

}  // namespace

PolicyPair RandomEdit(uint64_t seed, bool hard) {
  Prng prng(seed);
  std::vector<uint64_t> seeds;
  for (size_t i = 0; i < Writer::kParts; ++i) seeds.push_back(prng.Next());
  PolicyPair pair;
  pair.before = Writer(seeds, hard).Write();
  for (uint64_t i = 1 + prng.Below(3); i-- > 0;) seeds[prng.Below(seeds.size())] = prng.Next();
  pair.after = Writer(seeds, hard).Write();
  return pair;
}

}  // namespace bylaw::property
